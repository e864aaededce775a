import type { Finding } from '../../lib/check/finding.ts'
import type { DelegationFile } from '../../lib/check/together.ts'
import type { Half } from '../../lib/idmap/problem.ts'
import type { ReadContext } from '../../lib/syntax/dialect.ts'
import { faultSentence } from '../../lib/syntax/error.ts'
import { parseSubids, readSubids as readSubidText } from '../../lib/syntax/subid.ts'
import { readFile } from './input.ts'

/** The options that name the files of subuid(5) and subgid(5). */
export interface SubidFiles {
  readonly subuid?: string
  readonly subgid?: string
}

/** The lines of both files; what is not given has none. `undefined` when neither is given. */
export async function readSubids({ subuid, subgid }: SubidFiles): Promise<ReadContext['subids']> {
  if (subuid === undefined && subgid === undefined) return undefined
  const lines = async (path: string | undefined) => (path === undefined ? [] : parseSubids(await readFile(path)))
  return { uid: await lines(subuid), gid: await lines(subgid) }
}

/** The files that are given, and what of them can't be read as one. */
export async function delegationFiles({ subuid, subgid }: SubidFiles) {
  const delegated: Partial<Record<Half, DelegationFile>> = {}
  const faults: Finding[] = []
  for (const [half, name] of [
    ['uid', subuid],
    ['gid', subgid],
  ] as const) {
    if (name === undefined) continue
    const reading = readSubidText(await readFile(name))
    delegated[half] = { name, lines: reading.lines }
    for (const fault of reading.faults) {
      const where = [{ name, line: fault.line, column: fault.column }]
      faults.push({ rule: 'SUBID_SYNTAX', severity: 'error', where, message: faultSentence(fault) })
    }
  }
  return { delegated, faults }
}
