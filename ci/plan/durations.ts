import { readFile, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { byName } from '../../vm/document/by-name.ts'
import type { CaseId } from '../events.ts'
import { UsageError } from '../usage-error.ts'

/** How long cases took, in seconds, by kernel (as the user wrote it) and scenario. */
export type Durations = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Raised when an older reader could misread it. */
const FORMAT = 1

const Seconds = v.pipe(v.number(), v.finite(), v.minValue(0))
const File = v.strictObject({
  format: v.literal(FORMAT),
  seconds: byName(byName(Seconds)),
})

const MOST_BYTES = 1e6

/** Reads a file of durations; one that is none is the user's to mend. */
export async function readDurations(file: string): Promise<Durations> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw noDurations(file, 'there is no such file')
  if (!found.isFile() || found.size > MOST_BYTES) throw noDurations(file, 'it is no small regular file')
  const durations = parseDurations(await readFile(file, 'utf8'))
  if (durations === undefined)
    throw noDurations(file, `it is not of the form {"format":${FORMAT},"seconds":{KERNEL:{SCENARIO:SECONDS}}}`)
  return durations
}

/** `undefined` if the text holds no durations. */
export function parseDurations(text: string): Durations | undefined {
  try {
    const read = v.safeParse(File, JSON.parse(text))
    return read.success ? read.output.seconds : undefined
  } catch {
    return undefined
  }
}

/** Sorted and a line a value, so that a change can be read in a diff. */
export function renderDurations(durations: Durations): string {
  const seconds = sorted(durations, scenarios => sorted(scenarios, each => Math.round(each * 10) / 10))
  return `${JSON.stringify({ format: FORMAT, seconds }, undefined, 2)}\n`
}

/** How long a case may be expected to take: as last time; else as its story took on other kernels; else as an average case. */
export function expectedSeconds(durations: Durations): (id: Pick<CaseId, 'scenario' | 'kernel'>) => number {
  const all = Object.values(durations).flatMap(scenarios => Object.values(scenarios))
  return ({ scenario, kernel }) => {
    const known = of(of(durations, kernel) ?? {}, scenario)
    const elsewhere = Object.values(durations).flatMap(scenarios => of(scenarios, scenario) ?? [])
    return known ?? mean(elsewhere) ?? mean(all) ?? 1
  }
}

/** With what these cases took, beside what is known of others. */
export function updated(
  durations: Durations,
  told: readonly { readonly case: CaseId; readonly seconds: number }[],
): Durations {
  const all = new Map(Object.entries(durations))
  for (const {
    case: { kernel, scenario },
    seconds,
  } of told)
    all.set(kernel, { ...all.get(kernel), [scenario]: seconds })
  return Object.fromEntries(all)
}

function mean(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function of<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function sorted<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  const names = Object.keys(record).sort()
  return Object.fromEntries(names.map(name => [name, change(record[name] as T)]))
}

function noDurations(file: string, why: string): UsageError {
  return new UsageError(`--durations ${file} cannot be read: ${why}.`)
}
