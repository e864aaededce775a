import type { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { shellWords } from './command-line.ts'
import type { Dialect, Entry, ReadContext, Reading, Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { chooseMountIn, targetsOf } from './mount-choice.ts'
import { extentOf, fail, type Piece, readEach, skip, splitPiece } from './scan.ts'
import { throughNamespace } from './through.ts'

const FORM = 'uids=disk-id-host-id-count#…;gids=…'

/**
 * The mount option `idmap=uids=0-1-10#10-11-10;gids=0-100-10` of crun and podman: the id **on the disk** first, then the
 * one the host sees through the mount (podman 4.4 had them the other way round). A `@` before an extent says that its second
 * id is the container's: it is looked up in `context.container`, and split where that map has a seam (crun and podman take
 * the seam-less rest of the extent for host ids instead, without a word). `idmap` alone, or `ridmap`, is the container's own map.
 *
 * A text is the option, its value, or a command line or configuration with such options in it (`--mount type=bind,…`,
 * `-v /srv:/srv:idmap=…`); `context.target` chooses by the path inside the container when there are several. A half that is not
 * there stays empty, as in crun, where the kernel then refuses the mount; podman fills it in from the container's map.
 * Numbers are digits only: crun's strtol and podman's Sscanf also take signs, and podman what stands behind the count.
 */
const mount: Syntax<'mount'> = {
  dialect: 'crun',
  role: 'mount',
  form: `idmap=${FORM}`,
  example: {
    text: 'idmap=uids=0-1-10#10-11-10;gids=0-100-10',
    source: 'https://github.com/containers/crun/blob/main/crun.1.md#idmap-mount-options',
  },
  read,
  format,
}

export const crun = {
  name: 'crun',
  title: 'crun and podman mount option (idmap=uids=…;gids=…)',
  source: 'https://github.com/containers/crun/blob/main/crun.1.md#idmap-mount-options',
  roles: { mount },
  targets: text => targetsOf(shellWords(text).flatMap(foundIn)),
  recognises: text =>
    /(?:^|[\s;"'=])[ug]ids=@?[0-9]/.test(text) ||
    shellWords(text)
      .flatMap(foundIn)
      .some(({ parts }) => parts.length === 0),
} satisfies Dialect

/** The option among others: between commas, behind the paths of `-v`, or quoted in a list. */
const OPTION = /(^|[,:"'[])r?idmap(?:=([^,"'\]]*))?(?=[,"'\]]|$)/
const VALUE = /^[ug]ids=/
const TARGET = /(?:^|,)(?:dst|destination|target)=([^,]*)/

/** An option that was found. */
interface Found {
  readonly place: Piece
  /** `uids=…` and `gids=…`; none for the container's own map. */
  readonly parts: readonly Piece[]
  readonly target: string | undefined
}

/** The extents of one half, not read yet. */
interface HalfPart {
  readonly half: Half
  readonly extents: readonly Piece[]
}

function read(text: string, context: ReadContext = {}): Reading {
  const { entries, faults } = readEach([text], () => [optionIn(text, context.target)])
  const [option] = entries
  if (!option) return { entries: [], faults }
  if (option.parts.length === 0) return readEach([option.place], place => ownMap(place, context.container))
  const seen = new Set<Half>()
  const halves = readEach(option.parts, part => [halfPartOf(part, seen)])
  const extents = readEach(
    halves.entries.flatMap(({ half, extents }) => extents.map(extent => ({ half, extent }))),
    ({ half, extent }) => entriesOf(half, extent, context.container),
  )
  return { entries: extents.entries, faults: [...halves.faults, ...extents.faults] }
}

function optionIn(text: string, target: string | undefined): Found {
  const words = shellWords(text)
  const values = words.filter(word => VALUE.test(word.text))
  const alone = { place: values[0], parts: values.flatMap(partsOf), target: undefined }
  const [first, ...others] = alone.place ? [{ ...alone, place: alone.place }] : words.flatMap(foundIn)
  if (!first) return fail('crun', { text, line: 1, column: 1 }, FORM)
  return chooseMountIn('crun', [first, ...others], target)
}

function foundIn(word: Piece): Found[] {
  const option = OPTION.exec(word.text)
  if (!option) return []
  const [written, before = '', value] = option
  const end = option.index + written.length
  const place = skip(word, option.index + before.length, written.length - before.length)
  const parts = value === undefined ? [] : partsOf(skip(word, end - value.length, value.length))
  const target = TARGET.exec(word.text)?.[1] ?? (word.text.startsWith('/') ? word.text.split(':')[1] : undefined)
  return [{ place, parts, target }]
}

function partsOf(value: Piece): Piece[] {
  return splitPiece(value, ';')
}

/** Without a map of its own a mount takes the container's: disk id n is container id n. */
function ownMap(place: Piece, container: ReadContext['container']): Entry[] {
  if (!container) return fail('crun', place, `${FORM} (alone it is the map of the container, which is not given)`)
  const entries = (half: Half) =>
    container[half].extents.map(extent => ({ half, extent, line: place.line, column: place.column }))
  return [...entries('uid'), ...entries('gid')]
}

function halfPartOf(part: Piece, seen: Set<Half>): HalfPart {
  const name = VALUE.exec(part.text)?.[0]
  if (!name) return fail('crun', part, "'uids=' or 'gids='")
  const half = name === 'uids=' ? 'uid' : 'gid'
  if (seen.has(half)) return fail('crun', part, `one '${name}'`)
  seen.add(half)
  return { half, extents: splitPiece(skip(part, name.length), '#') }
}

function entriesOf(half: Half, part: Piece, container: ReadContext['container']): Entry[] {
  const { line, column } = part
  const isRelative = part.text.startsWith('@')
  const numbers = skip(part, isRelative ? 1 : 0)
  const second = isRelative ? 'a container id' : 'a host id'
  const extent = extentOf('crun', numbers, splitPiece(numbers, '-'), ['a disk id', second])
  if (!isRelative) return [{ half, extent, line, column }]
  if (!container) return fail('crun', part, "no '@': the map of the container it refers to is not given")
  return throughNamespace('crun', part, extent, container[half]).map(extent => ({ half, extent, line, column }))
}

function format({ uid, gid }: IdMapPair<'disk', 'host'>): string {
  if (uid.size === 0 || gid.size === 0)
    throw new IdMapInexpressibleError(
      'crun',
      'a half that is not there is empty in crun and the container’s own in podman; map at least one uid and one gid',
    )
  const text = ({ extents }: IdMap<'disk', 'host'>) =>
    extents.map(({ from, to, count }) => `${from}-${to}-${count}`).join('#')
  return `idmap=uids=${text(uid)};gids=${text(gid)}`
}
