import { endOf, formatRange } from '../idmap/extent.ts'
import { faultSentence } from '../syntax/error.ts'
import { readSubids, type SubidLine, subidText } from '../syntax/subid.ts'
import type { Finding, Where } from './finding.ts'

/** What is wrong with a file of subuid(5) or subgid(5) by itself: lines shadow passes over, lines that give nothing, ids given twice. */
export function checkSubids(name: string, text: string): Finding[] {
  const { lines, faults } = readSubids(text)
  const unread = faults.map(
    (fault): Finding => ({
      rule: 'SUBID_SYNTAX',
      severity: 'error',
      where: [{ name, line: fault.line, column: fault.column }],
      message: faultSentence(fault),
      fix: 'a line is written owner:first-host-id:count',
    }),
  )
  return [...unread, ...emptyLines(name, text, new Set(faults.map(({ line }) => line))), ...overlaps(name, lines)]
}

function emptyLines(name: string, text: string, unread: ReadonlySet<number>): Finding[] {
  return text.split('\n').flatMap((line, index): Finding[] => {
    if (unread.has(index + 1) || !/^[ \t]*[^\s#:]+:\d+:0+\s*$/.test(line)) return []
    const where = [{ name, line: index + 1, column: 1 }]
    const message = `${line.trim()} gives no ids: its count is 0`
    return [{ rule: 'SUBID_EMPTY', severity: 'warning', where, message, fix: 'give it a count, or take the line out' }]
  })
}

/** Each line against the one that reaches furthest of all that begin before it, so that a thousand lines are looked at once. */
function overlaps(name: string, lines: readonly SubidLine[]): Finding[] {
  const found: Finding[] = []
  let furthest: SubidLine | undefined
  for (const line of lines.toSorted((a, b) => a.from - b.from || a.line - b.line)) {
    if (furthest && line.from < endOf(furthest)) found.push(overlap(name, furthest, line))
    if (!furthest || endOf(line) > endOf(furthest)) furthest = line
  }
  return found
}

// Two lines of one owner say the same twice: no harm by itself, but LXC and Incus once made two extents of them.
function overlap(name: string, first: SubidLine, second: SubidLine): Finding {
  const shared = { from: second.from, count: Math.min(endOf(first), endOf(second)) - second.from }
  const [earlier, later] = first.line < second.line ? [first, second] : [second, first]
  const ids = formatRange(shared)
  const message =
    first.owner === second.owner
      ? `host ids ${ids} are given to ${first.owner} twice: by ${subidText(earlier)} as well`
      : `host ids ${ids} are given to ${later.owner} and to ${earlier.owner} (${subidText(earlier)}): what leaves the one's containers can touch the other's`
  return {
    rule: 'SUBID_OVERLAP',
    severity: first.owner === second.owner ? 'warning' : 'error',
    where: [later, earlier].map(({ line }): Where => ({ name, line, column: 1 })),
    message,
    fix: first.owner === second.owner ? 'take one of the lines out' : `give ${later.owner} a range nobody has`,
  }
}
