import { isId, MAX_ID } from '../idmap/extent.ts'
import type { Half } from '../idmap/problem.ts'
import { linesOf } from '../syntax/scan.ts'

/** What login.defs(5) says of ids. */
export interface LoginDefs {
  /** Where useradd(8) and groupadd(8) put ordinary users and groups. */
  readonly accounts: Readonly<Record<Half, Bounds>>
  /** Where useradd(8) takes subordinate ids from, and how many for each user. */
  readonly subids: Readonly<Record<Half, Bounds & { readonly count: number }>>
  /** A sentence for each value that is no number of ids; its default is used. */
  readonly faults: readonly string[]
}

/** Both ends included. */
export interface Bounds {
  readonly min: number
  readonly max: number
}

/** The defaults of shadow, in login.defs(5). */
const DEFAULTS: Readonly<Record<string, number>> = {
  UID_MIN: 1000,
  UID_MAX: 60_000,
  GID_MIN: 1000,
  GID_MAX: 60_000,
  SUB_UID_MIN: 100_000,
  SUB_UID_MAX: 600_100_000,
  SUB_UID_COUNT: 65_536,
  SUB_GID_MIN: 100_000,
  SUB_GID_MAX: 600_100_000,
  SUB_GID_COUNT: 65_536,
}

/** Reads `/etc/login.defs`; never throws. Of a name given twice the last counts, as in shadow; a missing one has its default. */
export function parseLoginDefs(text: string): LoginDefs {
  const values = new Map(Object.entries(DEFAULTS))
  const faults: string[] = []
  for (const { text: line, line: number } of linesOf(text)) {
    const [, name = '', value = ''] = /^[ \t]*([A-Z_]+)[ \t"]+([^ \t"]*)/.exec(line) ?? []
    if (!(name in DEFAULTS)) continue
    const read = numberOf(value)
    if (read === undefined) faults.push(`line ${number} of login.defs: ${name} is no number of ids`)
    else values.set(name, read)
  }
  const value = (name: string) => values.get(name) ?? 0
  const bounds = (prefix: string) => ({ min: value(`${prefix}_MIN`), max: Math.min(value(`${prefix}_MAX`), MAX_ID) })
  const subids = (prefix: string) => ({ ...bounds(prefix), count: value(`${prefix}_COUNT`) })
  return {
    accounts: { uid: bounds('UID'), gid: bounds('GID') },
    subids: { uid: subids('SUB_UID'), gid: subids('SUB_GID') },
    faults,
  }
}

/** As strtol(3) with base 0 has it: a leading 0 is octal, 0x hexadecimal. */
function numberOf(text: string): number | undefined {
  if (/^0[0-7]+$/.test(text)) return idOrNothing(Number.parseInt(text, 8))
  return /^(?:0x[0-9a-fA-F]+|[0-9]+)$/.test(text) && !/^0[0-9]/.test(text) ? idOrNothing(Number(text)) : undefined
}

function idOrNothing(value: number): number | undefined {
  return isId(value) ? value : undefined
}
