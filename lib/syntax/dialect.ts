import type { Extent } from '../idmap/extent.ts'
import { type IdMapPair, pairOf } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { type DialectName, raise, type SyntaxFault } from './error.ts'
import type { SubidLines, SubidRange } from './subid.ts'

/** What a map is for, and so between which spaces its ids go. Every dialect states its direction by the role it plays, once. */
export const DIRECTIONS = {
  /** A container's user namespace. */
  container: { from: 'container', to: 'host' },
  /** An idmapped mount, as the kernel takes it. */
  mount: { from: 'disk', to: 'host' },
  /** What a mount point does otherwise than its container; `resolveMountMap` makes a mount map of both. */
  exceptions: { from: 'container', to: 'disk' },
} as const

/** What a map is for. */
export type Role = keyof typeof DIRECTIONS

/** The pair of maps that plays a role: `MapOf<'mount'>` is `IdMapPair<'disk', 'host'>`. */
export type MapOf<R extends Role> = {
  [Each in R]: IdMapPair<(typeof DIRECTIONS)[Each]['from'], (typeof DIRECTIONS)[Each]['to']>
}[R]

/** Where something stands in a text; both count from 1, columns in UTF-16 code units. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** One extent of one half as a text has it, in the direction of its role; an entry for both halves (`b`) is two of these. */
export interface Entry extends Place {
  readonly half: Half
  readonly extent: Extent
}

/** What a text says, before anybody asks whether the kernel would take it: `map check` shows all of both lists with their lines. */
export interface Reading {
  /** In the order written. */
  readonly entries: readonly Entry[]
  readonly faults: readonly SyntaxFault[]
  /** What a reader of the map has to know and the text does not say. */
  readonly notes?: readonly Note[]
}

/** A sentence about a place of a text. */
export interface Note extends Place {
  readonly sentence: string
}

/** What some dialects leave for others to say. */
export interface ReadContext {
  /** The container's own map: for ids that are the container's (`@` of crun, nspawn's binds, rootless podman). */
  readonly container?: IdMapPair<'container', 'host'>
  /** `/etc/subuid` and `/etc/subgid`: for Docker, whose configuration names only an owner. */
  readonly subids?: Readonly<Record<Half, SubidLines>>
  /** Where the mount of interest is mounted, when a document (OCI, a Proxmox configuration) has several. */
  readonly target?: string
}

/** How one dialect writes the maps of one role. */
export interface Syntax<R extends Role> {
  readonly dialect: DialectName
  readonly role: R
  /** One entry as it is written, by the names of its fields: `host-id container-id`. */
  readonly form: string
  /** A text as users have it, and where it is from. */
  readonly example: { readonly text: string; readonly source: string; readonly context?: ReadContext }
  /** Reads any text at all; never throws. */
  read(text: string, context?: ReadContext): Reading
  /** Writes a map; throws an `IdMapInexpressibleError` when the dialect has no words for it. */
  format(map: MapOf<R>, context?: ReadContext): string
  /** Puts the map into a document that has more in it, and leaves comments, order and all other settings as they are. */
  rewrite?(document: string, map: MapOf<R>, context?: ReadContext): string
}

/** How a dialect writes ranges of host ids that are no map, but say what may be mapped. */
export interface RangeSyntax {
  readonly form: string
  readonly example: { readonly text: string; readonly source: string }
  /** Reads any text at all; never throws. */
  read(text: string): { readonly lines: SubidLines; readonly faults: readonly SyntaxFault[] }
  /** Writes a file of these ranges. */
  format(lines: readonly SubidRange[]): string
}

/** A way of writing maps. */
export interface Dialect {
  readonly name: DialectName
  /** For people: `LXC configuration (lxc.idmap)`. */
  readonly title: string
  /** The manual or source that defines it. */
  readonly source: string
  readonly roles: { readonly [R in Role]?: Syntax<R> }
  readonly ranges?: RangeSyntax
  /** What `context.target` may be for a document with several mounts: one for each mount in it that has a map. */
  targets?(text: string): readonly string[]
  /** Whether a text is likely one of this dialect; the registry's order decides between several. */
  recognises(text: string): boolean
}

/** The map a text says; throws an `IdMapSyntaxError` with every fault, or an `IdMapError` with every problem of its numbers. */
export function parseMap<R extends Role>(syntax: Syntax<R>, text: string, context: ReadContext = {}): MapOf<R> {
  const { entries, faults } = syntax.read(text, context)
  raise(faults)
  const half = (wanted: Half) => entries.filter(entry => entry.half === wanted).map(({ extent }) => extent)
  const direction = DIRECTIONS[syntax.role]
  return pairOf({ uid: half('uid'), gid: half('gid') }, direction) as MapOf<R>
}
