import { againstTable, type TableEntry, type TableSays } from '../../lib/kernel/probe/against-table.ts'
import type { Answer } from '../../lib/kernel/probe/answer.ts'

/** Something a story needs, as it was found by trying, beside what the table of versions says where one decides. */
export type NeedFinding = Partial<TableSays> & {
  /** In words: `idmapped mounts on ext4`. */
  readonly need: string
  readonly found: boolean
  /** Why not, with the kernel's own errno where it gave one. */
  readonly why?: string
}

/** What was found on a kernel, held against the table. `release` is `uname -r`. */
export function needFinding(
  need: string,
  answer: Exclude<Answer, { state: 'unknown' }>,
  entry: TableEntry | undefined,
  release: string,
): NeedFinding {
  const why = answer.state === 'no' ? { why: inWords(answer) } : {}
  return { need, found: answer.state === 'yes', ...why, ...againstTable(answer, entry, release) }
}

/** The sentence for a kernel that lacks what kernels of its version have. */
export function tableDisagrees({ need, why, table, source }: NeedFinding, release: string): string {
  return `${need}: the table says ${table} (${source}), and Linux ${release} does without (${why}): it lost them, was built without them, or the table is wrong`
}

/** A line for a person: `idmapped mounts on ext4: yes; the table says since 5.12`. */
export function needLine({ need, found, table, standing }: NeedFinding): string {
  const said = table === undefined ? '' : `; the table says ${table}`
  const verdict = { earlier: ', so it is a backport', missing: ', so it is missing', agrees: '' }[standing ?? 'agrees']
  return `${need}: ${found ? 'yes' : 'no'}${said}${verdict}`
}

function inWords({ errno, why }: Extract<Answer, { state: 'no' }>): string {
  return errno === undefined ? why : `${errno}: ${why}`
}
