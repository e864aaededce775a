import { type Extent, MAX_ID } from '../idmap/extent.ts'
import { equalPairs, type IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { type Dialect, type MapOf, parseMap, type ReadContext, type Reading, type Syntax } from './dialect.ts'
import { raise } from './error.ts'
import { keepWritten } from './keep.ts'
import { editLines } from './line-edit.ts'
import {
  bareValuesOf,
  entriesOf,
  entryPiecesOf,
  type MountLine,
  mountLinesOf,
  PASSTHROUGH_WORD,
} from './proxmox-mount.ts'
import { fail, type Piece, readEach, skip } from './scan.ts'

/**
 * `idmap=` of a Proxmox mount point: `u:1005:1005:1`, container id first, **disk** id second. Entries are separated by
 * `;` (pve-container 6.1.6), by spaces (its first patch) or by newlines. The value says only what differs from the
 * container's own map: give it to `resolveMountMap` as the exceptions. `passthrough` is every id as itself.
 *
 * The value may stand alone, in the options of a mount point, in a `pct set` command, or in a container's whole
 * configuration. Of several mount points `context.target` chooses one, by its key (`mp0`) or by its path in the
 * container (`/data`). Proxmox takes leading zeros and numbers of any length here; both are faults.
 */
const exceptions: Syntax<'exceptions'> = {
  dialect: 'proxmox',
  role: 'exceptions',
  form: 'u|g:container-id:disk-id:count;…',
  example: {
    text: 'mp0: /mnt/data,mp=/data,idmap=u:1005:1005:1;g:1005:1005:1',
    source: 'https://pve.proxmox.com/pve-docs/chapter-pct.html',
  },
  read,
  format,
  rewrite,
}

export const proxmox = {
  name: 'proxmox',
  title: 'Proxmox mount point (idmap=)',
  source: 'https://git.proxmox.com/?p=pve-container.git (src/PVE/LXC/Config.pm)',
  roles: { exceptions },
  targets: text =>
    mountLinesOf(text)
      .filter(({ idmap }) => idmap)
      .map(({ key }) => key),
  recognises: text =>
    /^\s*["']?(?:idmap=)?["']?(?:[ug]:\d+:\d+:\d+|passthrough\b)/.test(text) ||
    mountLinesOf(text).some(({ idmap }) => idmap),
} satisfies Dialect

function read(text: string, context: ReadContext = {}): Reading {
  const mounts = mountLinesOf(text)
  if (mounts.length === 0) return readEach(bareValuesOf(text).flatMap(entryPiecesOf), entriesOf)
  const { entries, faults } = readEach([mounts], () => [choose(mounts, context.target)])
  const reading = readEach(entries.flatMap(piecesOf), entriesOf)
  return { entries: reading.entries, faults: [...faults, ...reading.faults] }
}

/** The entries of a mount point; none when it says nothing about ids. */
function piecesOf(mount: MountLine | undefined): Piece[] {
  return mount?.idmap ? entryPiecesOf(mount.idmap) : []
}

/** The mount point that is meant; none when none has a map. */
function choose(mounts: readonly MountLine[], wanted: string | undefined): MountLine | undefined {
  const misspelt = mounts.find(mount => mount.misspelt)?.misspelt
  if (misspelt) fail('proxmox', misspelt, "'idmap='")
  if (wanted === undefined) {
    const [first, second] = mounts.filter(({ idmap }) => idmap)
    return second
      ? fail(
          'proxmox',
          second.name,
          `one mount point with idmap=, or the name of the one that is meant: ${listed(mounts)}`,
        )
      : first
  }
  const found = mounts.find(({ key, target }) => key === wanted || (target !== '' && plain(target) === plain(wanted)))
  return found ?? fail('proxmox', { ...START, text: wanted }, `a mount point that is there: ${listed(mounts)}`)
}

/** A configuration has at most 256 mount points; a stranger's file may have more than anybody can read. */
const MOUNTS_LISTED = 20

function listed(mounts: readonly MountLine[]): string {
  const shown = mounts.slice(0, MOUNTS_LISTED).map(({ key, target }) => `${key} (${target})`)
  return [...shown, ...(mounts.length > MOUNTS_LISTED ? ['…'] : [])].join(', ')
}

/** `/data/` and `/data` are the same place. */
function plain(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function format(map: MapOf<'exceptions'>): string {
  return isPassthrough(map) ? PASSTHROUGH_WORD : entryTexts(map).join(';')
}

function isPassthrough({ uid, gid }: IdMapPair<'container', 'disk'>): boolean {
  return uid.size === MAX_ID + 1 && uid.extents.length === 1 && gid.equals(uid)
}

function entryTexts(extents: Readonly<Record<Half, Iterable<Extent>>>): string[] {
  return [
    ...Array.from(extents.uid, ({ from, to, count }) => `u:${from}:${to}:${count}`),
    ...Array.from(extents.gid, ({ from, to, count }) => `g:${from}:${to}:${count}`),
  ]
}

function rewrite(document: string, map: MapOf<'exceptions'>, context: ReadContext = {}): string {
  raise(read(document, context).faults)
  const mounts = mountLinesOf(document)
  if (mounts.length === 0) return equalPairs(parseMap(exceptions, document), map) ? document : format(map)
  const { idmap, idmapOption, options } = choose(mounts, context.target) ?? onlyOne(mounts)
  if (idmap && idmapOption) {
    const value = changed(idmap, map)
    return editLines(document, [value === '' ? { piece: idmapOption, text: '' } : { piece: idmap, text: value }])
  }
  const value = format(map)
  const end = skip(options, options.text.length)
  return value === '' ? document : editLines(document, [{ piece: end, text: `,idmap=${value}` }])
}

/** A map can be given to a mount point that has none, when it is plain which. */
function onlyOne(mounts: readonly MountLine[]): MountLine {
  const besideRoot = mounts.filter(({ key }) => key !== 'rootfs')
  const [only, second] = besideRoot.length > 0 ? besideRoot : mounts
  if (only && !second) return only
  return fail(
    'proxmox',
    (second ?? mounts[0])?.name ?? START,
    `the name of the mount point that is meant: ${listed(mounts)}`,
  )
}

const START: Piece = { text: '', line: 1, column: 1 }

/** The value with as many of its entries as possible left where and as they are. */
function changed(value: Piece, map: MapOf<'exceptions'>): string {
  const written = entryPiecesOf(value).map(piece => ({ piece, entries: entriesOf(piece) }))
  const { kept, missing } = keepWritten(written, map)
  const added = entryTexts(missing)
  if (kept.size === written.length && added.length === 0) return value.text
  return isPassthrough(map) ? PASSTHROUGH_WORD : [...Array.from(kept, ({ piece }) => piece.text), ...added].join(';')
}
