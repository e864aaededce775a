import * as v from 'valibot'

/**
 * An object whose members have names of their own, each of this form. Unlike valibot's own `record` it leaves none out without a word:
 * not even what is called `constructor`.
 */
export function byName<Out>(member: v.GenericSchema<unknown, Out>, message?: string) {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isObject, message ?? 'an object'),
    v.rawTransform(({ dataset, addIssue, NEVER }): Readonly<Record<string, Out>> => {
      const input: Readonly<Record<string, unknown>> = dataset.value
      const members: [string, Out][] = []
      for (const [key, value] of Object.entries(input)) {
        const read = v.safeParse(member, value)
        if (read.success) {
          members.push([key, read.output])
          continue
        }
        const [{ message, input: found, expected, received, path = [] }] = read.issues
        const here = { type: 'object' as const, origin: 'value' as const, input: { ...input }, key, value }
        addIssue({ message, input: found, received, path: [here, ...path], ...(expected === null ? {} : { expected }) })
        return NEVER
      }
      return Object.fromEntries(members)
    }),
  )
}

function isObject(input: unknown): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}
