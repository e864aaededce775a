import type { Extent } from '../idmap/extent.ts'
import { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half, MapContext } from '../idmap/problem.ts'
import type { Dialect, Entry, Reading, Syntax } from './dialect.ts'
import { raise } from './error.ts'
import { extentOf, fail, linesOf, type Piece, readEach, skip, splitPiece, wordsOf } from './scan.ts'

/**
 * The text to write to `/proc/PID/uid_map` or `gid_map`: one line `from to count` an extent.
 * The first column is the map's `From`. For a container's user namespace that is `container`, the second is `host`;
 * for the namespace given to an idmapped mount the first is `disk`, the second is `host`.
 */
export function formatKernelMap<From extends string, To extends string>(map: IdMap<From, To>): string {
  return map.extents.map(({ from, to, count }) => `${from} ${to} ${count}\n`).join('')
}

/**
 * Reads one file: what the kernel shows in `/proc/PID/uid_map` (columns padded with spaces) or what is written there;
 * blank lines are skipped. The caller says by the types which of the two readings of the columns it is.
 */
export function parseKernelMap<From extends string, To extends string>(
  text: string,
  context: MapContext<From, To> = {},
): IdMap<From, To> {
  const names = [`a ${context.from ?? 'first'} id`, `a ${context.to ?? 'second'} id`] as const
  const { entries, faults } = readEach(partsOf(linesOf(text)), part => entriesOf({ part, halves: ['uid'] }, names))
  raise(faults)
  return IdMap.of(
    entries.map(({ extent }) => extent),
    context,
  )
}

/** The user namespace of a container: what is inside it first, its parent second. */
const container: Syntax<'container'> = {
  dialect: 'kernel',
  role: 'container',
  form: 'container-id host-id count',
  example: {
    text: '         0     100000       1005\n      1005       1005          1\n      1006     101006      64530\n',
    source: 'https://man7.org/linux/man-pages/man7/user_namespaces.7.html (as /proc/PID/uid_map shows it)',
  },
  read: text => readBoth(text, ['a container id', 'a host id']),
  format: formatBoth,
}

/** The user namespace whose maps an idmapped mount takes: the disk first, what the host sees through the mount second. */
const mount: Syntax<'mount'> = {
  dialect: 'kernel',
  role: 'mount',
  form: 'disk-id host-id count',
  example: {
    text: '==> /proc/4711/uid_map <==\n      1000          0          1\n\n==> /proc/4711/gid_map <==\n      1000          0          1\n',
    source:
      'https://docs.kernel.org/filesystems/idmappings.html (as `head /proc/PID/uid_map /proc/PID/gid_map` prints it)',
  },
  read: text => readBoth(text, ['a disk id', 'a host id']),
  format: formatBoth,
}

/**
 * `/proc/PID/uid_map` and `gid_map`. Without headings a text is both of them; with the headings that `head` and `tail`
 * print for several files (`==> /proc/1/uid_map <==`), or the path in front of every line as `grep` has it, each is its own.
 * `projid_map` is passed over. `format` writes headings when users and groups differ.
 */
export const kernel = {
  name: 'kernel',
  title: 'Kernel (/proc/PID/uid_map and gid_map)',
  source: 'https://man7.org/linux/man-pages/man7/user_namespaces.7.html',
  roles: { container, mount },
  recognises: text =>
    linesOf(text).some(
      ({ text }) => HEADING.test(text) || /^(?:\S*[ug]id_map:)?[ \t]*\d+[ \t]+\d+[ \t]+\d+[ \t]*$/.test(text),
    ),
} satisfies Dialect

/** A line that says which file the next ones are of, by `head`, by hand, or by the command that showed it. */
const HEADING = /^[ \t]*(?:==> |(?:[$#] ?)?cat )?(?:[^\s:]*\/)?(uid|gid|projid)_map(?: <==|:)?[ \t]*$/
/** The path that `grep` puts in front of a line. */
const PATH = /^(?:[^\s:]*\/)?(uid|gid|projid)_map:/

type Names = readonly [string, string]

/** One extent, and whose it is. */
interface Part {
  readonly part: Piece
  readonly halves: readonly Half[] | 'unknown'
}

function readBoth(text: string, names: Names): Reading {
  return readEach(withHalves(linesOf(text)), part => entriesOf(part, names))
}

function formatBoth<From extends string, To extends string>({ uid, gid }: IdMapPair<From, To>): string {
  if (uid.equals(gid)) return formatKernelMap(uid)
  return `==> uid_map <==\n${formatKernelMap(uid)}\n==> gid_map <==\n${formatKernelMap(gid)}`
}

function withHalves(lines: readonly Piece[]): Part[] {
  const named = lines.some(({ text }) => HEADING.test(text) || PATH.test(text))
  let halves: Part['halves'] = named ? 'unknown' : ['uid', 'gid']
  return lines.flatMap(line => {
    const heading = HEADING.exec(line.text)
    if (heading) {
      halves = halvesOf(heading[1])
      return []
    }
    const path = PATH.exec(line.text)
    const ofLine = path ? halvesOf(path[1]) : halves
    return partsOf([skip(line, path?.[0].length ?? 0)]).map(part => ({ part, halves: ofLine }))
  })
}

/** Projects are mapped too, but no mount and no container looks at them. */
function halvesOf(file: string | undefined): readonly Half[] {
  return file === 'uid' || file === 'gid' ? [file] : []
}

function partsOf(lines: readonly Piece[]): Piece[] {
  return lines.flatMap(line => splitPiece(line, ';'))
}

function entriesOf({ part, halves }: Part, names: Names): Entry[] {
  const [first, ...others] = wordsOf(part)
  if (!first) return []
  if (halves === 'unknown') fail('kernel', first, "the file it is of in a line above, '==> uid_map <=='")
  const extent: Extent = extentOf('kernel', part, [first, ...others], names)
  return halves.map(half => ({ half, extent, line: first.line, column: first.column }))
}
