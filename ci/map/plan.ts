import { type IdRange, isId } from '../../lib/idmap/extent.ts'
import { missingFrom } from '../../lib/idmap/host-ids.ts'
import { checkKernelLimits } from '../../lib/idmap/limits.ts'
import { type PassThrough, passThrough } from '../../lib/idmap/pass-through.ts'
import type { Half } from '../../lib/idmap/problem.ts'
import type { ReadContext } from '../../lib/syntax/dialect.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { UsageError } from '../usage-error.ts'
import { type Answer, answerOrRefusal, mapJson, refusal } from './answer.ts'
import { PLANNERS, type Runtime, type Section } from './planners.ts'
import { readSubids, type SubidFiles } from './subids.ts'

export interface PlanOptions extends SubidFiles {
  readonly for: Runtime
  /** `CONTAINER:HOST:COUNT`. */
  readonly base: string
  readonly owner: string
}

/** Configuration that passes some ids through as they are and isolates all others. */
export async function plan(wishes: readonly string[], options: PlanOptions): Promise<Answer> {
  const ids = wishesOf(wishes)
  const base = baseOf(options.base)
  const subids = await readSubids(options)
  return answerOrRefusal(async () => {
    const planned = passThrough({ ids, base })
    const problems = checkKernelLimits(planned.map, { role: 'namespace' })
    if (problems.length > 0) return refusal(problems)
    const planner = PLANNERS[options.for]
    const delegated = delegatedIn(planner.delegated, planned, ids)
    const sections = [
      ...planner.container(planned.map, ids, base),
      ...delegation(delegated, planner.delegated === 'wished' ? BESIDE_INCUS : '', options, subids),
      ...planner.mount(ids, base),
    ]
    return {
      exitCode: ExitCode.pass,
      remarks: rootWarnings(planned),
      lines: sections.flatMap(({ where, text }, index) => [...(index > 0 ? [''] : []), `# ${where}`, text.trimEnd()]),
      json: { container: mapJson('container', planned.map), delegated, sections },
    }
  })
}

function rootWarnings({ map }: PassThrough): string[] {
  return (['uid', 'gid'] as const)
    .filter(half => map[half].invert().lookup(0) !== undefined)
    .map(half => `warning: ${half}: host id 0 passes through: root of the container is then root of the host`)
}

type Ranges = Readonly<Record<Half, readonly IdRange[]>>

function delegatedIn(which: 'whole' | 'wished' | 'nothing', { delegated }: PassThrough, ids: Ranges): Ranges {
  if (which === 'nothing') return { uid: [], gid: [] }
  return which === 'whole' ? delegated : { uid: missingFrom(ids.uid, []), gid: missingFrom(ids.gid, []) }
}

const BESIDE_INCUS =
  ', beside the range Incus gives its containers (65536 ids or more; where no newuidmap is installed it asks for neither)'

/** The lines that are asked for; those already there are left out when the files are given. */
function delegation(delegated: Ranges, beside: string, options: PlanOptions, subids: ReadContext['subids']): Section[] {
  return (['uid', 'gid'] as const).flatMap(half => {
    const given = subids?.[half].filter(({ owner }) => owner === options.owner) ?? []
    const wanted = missingFrom(delegated[half], given)
    if (wanted.length === 0) return []
    const file = half === 'uid' ? '/etc/subuid' : '/etc/subgid'
    return [
      {
        where: `${file}: ${subids ? 'to be added' : 'must be there; adjacent lines may share a range'}${beside}`,
        text: wanted.map(({ from, count }) => `${options.owner}:${from}:${count}\n`).join(''),
      },
    ]
  })
}

const WISH = /^(u|uid|g|gid|b|both):([0-9,-]+)$/

function wishesOf(words: readonly string[]): Record<Half, IdRange[]> {
  const ids: Record<Half, IdRange[]> = { uid: [], gid: [] }
  for (const word of words) {
    const [, kind, list] = WISH.exec(word) ?? []
    if (kind === undefined || list === undefined)
      throw new UsageError(
        `'${word}' is no wish; write what shall pass through as uid:1005, gid:100-102 or both:1000,1005.`,
      )
    const ranges = list.split(',').map(range => rangeOf(range, word))
    if (kind !== 'g' && kind !== 'gid') ids.uid.push(...ranges)
    if (kind !== 'u' && kind !== 'uid') ids.gid.push(...ranges)
  }
  return ids
}

function rangeOf(text: string, word: string): IdRange {
  const [, first, last = first] = /^([0-9]+)(?:-([0-9]+))?$/.exec(text) ?? []
  const [from, to] = [Number(first), Number(last)]
  if (first === undefined || !isId(from) || !isId(to) || to < from)
    throw new UsageError(
      `'${word}' has no range of ids in '${text}': write N or N-M, each from 0 to 4294967294, the lower one first.`,
    )
  return { from, count: to - from + 1 }
}

function baseOf(text: string) {
  const [, from, to, count] = /^([0-9]+):([0-9]+):([0-9]+)$/.exec(text) ?? []
  if (from === undefined) throw new UsageError(`--base '${text}' is not CONTAINER:HOST:COUNT, such as 0:100000:65536.`)
  return { from: Number(from), to: Number(to), count: Number(count) }
}
