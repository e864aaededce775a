import type { NeedFinding } from '../../scenarios/kit/need-finding.ts'
import type { BugFinding } from '../../scenarios/kit/result.ts'
import { lastAttempt } from '../verdict.ts'
import { code, markdownTable, plain } from './markdown.ts'
import type { RunSoFar } from './run-so-far.ts'

/** What was tried on each kernel since a story needs it, beside what the tables of versions in `lib/` say: agreement, or a correction. */
export function foundByTrying(run: RunSoFar): string[] {
  const found = gathered(run, ({ needs = [] }) => needs.map(need => [need.need, need] as const))
  if (found.size === 0) return []
  const names = run.kernels.map(({ name }) => name)
  const rows = [...found].map(([need, on]) => [
    plain(need),
    ...names.map(name => (on.get(name) === undefined ? '' : on.get(name)?.found ? 'yes' : 'no')),
    ...againstTable(on),
  ])
  const table = markdownTable(['', ...names.map(code), 'the table says', 'and that'], rows)
  return ['## What was found by trying, and what the tables say', table]
}

/** Which known bugs show where. */
export function knownBugs(run: RunSoFar): string[] {
  const found = gathered(run, ({ bug }) => (bug === undefined ? [] : [[bug.what, bug] as const]))
  if (found.size === 0) return []
  const names = run.kernels.map(({ name }) => name)
  const rows = [...found].map(([what, on]) => [
    code(what),
    ...names.map(name => presence(on.get(name))),
    ...[...on.values()].slice(0, 1).map(knownAs),
  ])
  return ['## Known bugs, where they show', markdownTable(['', ...names.map(code), 'known'], rows)]
}

function knownAs({ since, fixed, link }: BugFinding): string {
  const source = /^https?:\/\/[^\s<>|]+$/.test(link) ? `<${link}>` : plain(link)
  return `since ${plain(since)}, until ${plain(fixed.join(', '))}: ${source}`
}

type Results = ReturnType<typeof lastAttempt>

/** What the last attempts of all verdicts have of one kind, by what it is about and by kernel. */
function gathered<T>(
  { verdicts }: RunSoFar,
  of: (result: NonNullable<Results>) => readonly (readonly [string, T])[],
): Map<string, Map<string, T>> {
  const all = new Map<string, Map<string, T>>()
  for (const verdict of verdicts) {
    const result = lastAttempt(verdict)
    for (const [about, what] of result === undefined ? [] : of(result)) {
      const on = all.get(about) ?? new Map<string, T>()
      all.set(about, on.set(verdict.case.kernel, what))
    }
  }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function againstTable(on: ReadonlyMap<string, NeedFinding>): [string, string] {
  const [{ table = '', source = '' } = {}] = on.values()
  const otherwise = [...on].flatMap(([kernel, { standing = 'agrees' }]) =>
    standing === 'agrees' ? [] : [`${plain(kernel)} has it ${standing === 'earlier' ? 'earlier' : 'not'}`],
  )
  if (table === '') return ['', '']
  return [plain(`${table} (${source})`), otherwise.length === 0 ? 'agrees' : `**${otherwise.join(', ')}**`]
}

function presence(bug: BugFinding | undefined): string {
  if (bug === undefined) return ''
  const version = bug.upstream === undefined ? '' : ` (${plain(bug.upstream)})`
  const seen = `${bug.seen ? 'shows' : 'not there'}${version}`
  return bug.seen === (bug.expected === 'present') ? seen : `**${seen}, against what is known**`
}
