import { DIRECTIONS, type Role } from '../../lib/syntax/dialect.ts'
import { DIALECTS } from '../../lib/syntax/registry.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import type { Answer } from './answer.ts'

/** Every dialect, with its direction. */
export function dialects(): Answer {
  const rows = DIALECTS.map(({ name, title, source, roles, ranges }) => ({
    name,
    title,
    source,
    roles: (Object.keys(DIRECTIONS) as Role[]).flatMap(role => {
      const syntax = roles[role]
      return syntax ? [{ role, ...DIRECTIONS[role], form: syntax.form, example: syntax.example }] : []
    }),
    ...(ranges && { ranges: { form: ranges.form, example: ranges.example } }),
  }))
  return {
    exitCode: ExitCode.pass,
    lines: rows.flatMap(({ name, title, roles, ranges }) => [
      `${name.padEnd(15)} ${title}`,
      ...roles.map(({ from, to, form }) => `${''.padEnd(15)} ${`${from} → ${to}`.padEnd(17)}  ${form}`),
      ...(ranges ? [`${''.padEnd(15)} ${'host ids'.padEnd(17)}  ${ranges.form}`] : []),
    ]),
    json: rows,
  }
}
