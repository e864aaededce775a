import type { Finding, Where } from './finding.ts'

/** A finding in words, as `idmaplab map check` prints it: where and what, what it collides with, the fix. May hold words of the text that was checked. */
export function findingLines({ rule, severity, where, message, fix }: Finding): string[] {
  const [first, ...others] = where
  return [
    `${first ? `${placed(first)}: ` : ''}${severity} ${rule}: ${message}`,
    ...others.map(place => `    see ${placed(place)}`),
    ...(fix === undefined ? [] : [`    fix: ${fix}`]),
  ]
}

function placed({ name, line, column }: Where): string {
  return [name, line, column].filter(part => part !== undefined).join(':')
}
