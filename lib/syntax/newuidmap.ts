import type { Extent } from '../idmap/extent.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import type { Dialect, Entry, Syntax } from './dialect.ts'
import { extentOf, fail, linesOf, type Piece, readEach, skip, wordsOf } from './scan.ts'

/**
 * The arguments of shadow's `newuidmap` and `newgidmap`: a process (`4711`, `fd:3`, `$!`), then container id, host id
 * and count as often as wanted. The commands may stand in a line of a log, where rootlesskit has its arguments in `[…]`
 * and LXC the whole command in quotes. `format` writes `PID` for the process.
 * `newuidmap` needs at least one range, and refuses a second write; host ids must be the caller's own or in
 * `/etc/subuid`, where a range may span neighbouring lines and root is no exception.
 */
const container: Syntax<'container'> = {
  dialect: 'newuidmap',
  role: 'container',
  form: 'newuidmap|newgidmap PID container-id host-id count …',
  example: {
    text: 'failed to setup UID/GID map: newuidmap 42 [0 1000 1 1 100000 65536] failed: newuidmap: write to uid_map failed: Invalid argument',
    source: 'https://github.com/shadow-maint/shadow/issues/424 (without the range that was there twice)',
  },
  read: text => readEach(linesOf(text).flatMap(commandsOf).flatMap(rangesOf), entryOf),
  format,
}

export const newuidmap = {
  name: 'newuidmap',
  title: 'newuidmap and newgidmap',
  source: 'https://man7.org/linux/man-pages/man1/newuidmap.1.html',
  roles: { container },
  recognises: text => text.search(COMMAND) !== -1,
} satisfies Dialect

function format({ uid, gid }: IdMapPair<'container', 'host'>): string {
  return [...commandLine('newuidmap', uid.extents), ...commandLine('newgidmap', gid.extents)].join('')
}

function commandLine(program: string, extents: readonly Extent[]): string[] {
  const ranges = extents.map(({ from, to, count }) => ` ${from} ${to} ${count}`)
  return ranges.length > 0 ? [`${program} PID${ranges.join('')}\n`] : []
}

/** The program and the process whose map it writes. */
const COMMAND =
  /new([ug])idmap["']?[ \t]+["']?(?:(?:fd:)?\d+|PID|pid|<pid>|\$(?:\w+|[!$]|\{\w+\}))["']?(?=[ \t\]"']|$)/g

/** What ends the arguments: the end of a shell's command, or of the log's bracket or quotation. */
const END = /[\];&|)"']/

interface Command {
  readonly half: Half
  readonly numbers: Piece
}

type Part = Command | { readonly stray: Piece }

function commandsOf(line: Piece): Part[] {
  if (/^[ \t]*(?:#|$)/.test(line.text)) return []
  const matches = [...line.text.matchAll(COMMAND)]
  if (matches.length === 0) return [{ stray: wordsOf(line)[0] ?? line }]
  return matches.map((match, at) => {
    const start = match.index + match[0].length
    const rest = skip(line, start, (matches[at + 1]?.index ?? line.text.length) - start)
    const opened = skip(rest, /^["']?[ \t]*\[?/.exec(rest.text)?.[0].length ?? 0)
    const end = opened.text.search(END)
    return { half: match[1] === 'u' ? 'uid' : 'gid', numbers: end === -1 ? opened : skip(opened, 0, end) }
  })
}

type Range =
  | { readonly half: Half; readonly words: readonly Piece[]; readonly whole: Piece }
  | { readonly stray: Piece }

function rangesOf(part: Part): Range[] {
  if ('stray' in part) return [part]
  const { half, numbers } = part
  const words = wordsOf(numbers)
  const ranges: Range[] = []
  for (let at = 0; at === 0 || at < words.length; at += 3) {
    const triple = words.slice(at, at + 3)
    const [first = skip(numbers, numbers.text.length)] = triple
    const last = triple.at(-1) ?? first
    const length = last.column + last.text.length - first.column
    ranges.push({ half, words: triple, whole: skip(numbers, first.column - numbers.column, length) })
  }
  return ranges
}

function entryOf(range: Range): Entry[] {
  if ('stray' in range) return fail('newuidmap', range.stray, "'newuidmap PID' or 'newgidmap PID' and its ranges")
  const { half, words, whole } = range
  const extent = extentOf('newuidmap', whole, words, ['a container id', 'a host id'])
  return [{ half, extent, line: whole.line, column: whole.column }]
}
