import fs from 'node:fs'
import path from 'node:path'
import { type Blame, IdmaplabError } from '../error.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import { here } from './caller.ts'
import { type Diagnosis, diagnosed } from './diagnosis.ts'
import { type CopiedMount, openIdmappedCopy, openRemappedCopy } from './idmapped-copy.ts'
import { type MapSource, withNamespace } from './map-source.ts'
import { attach, closeFd, unmount } from './mount.ts'
import { type MountAttributes, setMountAttributes } from './mount-attributes.ts'
import { mountAt, mountById, mountTree } from './mount-lookup.ts'
import type { MountinfoEntry } from './mountinfo.ts'
import { whyNotAttached } from './path-refusal.ts'
import { mountIdOf } from './statx.ts'

/** What is to be seen where, with which ids, and how: what is not said of the mount's attributes is as it is at the source. */
export type IdmapMountRequest = CopiedMount &
  MapSource &
  MountAttributes & {
    /** Must exist, and be a directory if `source` is one. Relative to the working directory; a symbolic link is followed. */
    readonly target: string
  }

/**
 * Makes `source` visible at `target` with its ids mapped, like `mount --bind -o X-mount.idmap=…`. All or nothing: the mount
 * gets its map and attributes while nobody sees it, and is then attached by one call; when this throws, `target` is as it
 * was and nothing is left. Linux 5.12, CAP_SYS_ADMIN. A refusal of the map is a `DiagnosedError` that says why.
 *
 * Unless `propagation` says otherwise it is a slave of the source: mounts made below the source show in it too, but what is
 * mounted or unmounted in it never touches the source. (As a peer, which a plain bind mount is where mounts are shared, a
 * recursive one would take the source's own mounts along when it goes.)
 *
 * The mount stays until somebody unmounts it; {@link IdmappedMount.close} or `using` does.
 */
export function idmapMount(request: IdmapMountRequest): IdmappedMount {
  return withNamespace(request, idmap => {
    const copy = openIdmappedCopy(here(), request, { propagation: 'slave', ...request, idmap })
    return finish(copy, request, () =>
      diagnosed(
        () => attach(here(), copy, request.target),
        refused => whyNotAttached(refused, request.source, request.target),
      ),
    )
  })
}

/**
 * Gives the idmapped mount at `target` another map: a copy with the new map takes its place in the tree at once, and the
 * old one goes. Files that are open keep the old map. open_tree_attr(2), Linux 6.15: before, a `DiagnosedError` with
 * KERNEL_TOO_OLD, and nothing has changed.
 */
export function replaceIdmap(
  target: string,
  map: MapSource,
  options: MountAttributes & { readonly recursive?: boolean } = {},
): IdmappedMount {
  return withNamespace(map, idmap => {
    const copy = openRemappedCopy(here(), { ...options, source: target }, { ...options, idmap })
    return finish(copy, { ...options, target }, () => takePlace(copy, target))
  })
}

/** Tries whether the file system at `source` lets a mount be idmapped here and now, on a copy nobody sees; throws if not. */
export function tryIdmap(source: string, map: IdMapPair<'disk', 'host'>): void {
  withNamespace({ map }, idmap => closeFd(here(), openIdmappedCopy(here(), { source }, { idmap })))
}

/** A mount that was attached. It does not go away by itself; `using` unmounts it. */
export class IdmappedMount implements Disposable, AsyncDisposable {
  /** Absolute; a symbolic link in it is still one. */
  readonly target: string
  /** Its number in mountinfo; the kernel may give it to another mount when this one is gone. */
  readonly mountId: number
  readonly #recursive: boolean
  #closed = false

  constructor(target: string, mountId: number, recursive: boolean) {
    this.target = target
    this.mountId = mountId
    this.#recursive = recursive
  }

  /** How it is mounted now, as `/proc/self/mountinfo` has it. Throws a {@link MountGoneError} when it is not any more. */
  info(): MountinfoEntry {
    const entry = mountById(here(), this.mountId)
    if (entry === undefined) throw new MountGoneError(this.target)
    return entry
  }

  /**
   * Unmounts it; one made `recursive` with the mounts below it, innermost first. EBUSY when something in it is in use,
   * unless `lazy`: then all of it leaves the tree at once and ends with its last user. Throws a {@link MountGoneError}, and
   * unmounts nothing, when something else is mounted at its place. A second time does nothing.
   */
  close(options: { readonly lazy?: boolean } = {}): void {
    if (this.#closed) return
    if (mountIdOf(here(), this.target) !== this.mountId) throw new MountGoneError(this.target)
    if (this.#recursive && !options.lazy) unmountTree(this.target)
    else unmount(here(), this.target, options)
    this.#closed = true
  }

  /** Unmounts it; for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Unmounts it; for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

/** The mount is not where it was attached: somebody unmounted or moved it, or mounted over it. */
export class MountGoneError extends IdmaplabError {
  readonly code = 'MOUNT_GONE'
  readonly blame: Blame = 'user'
  constructor(target: string) {
    super(`the mount that was attached at ${target} is not there any more, or something is mounted over it`)
  }
}

function takePlace(copy: number, target: string): void {
  diagnosed(
    () => attach(here(), copy, target, { beneath: true }),
    () => whyNotReplaced(target),
  )
  // The old one may be a peer of the new one: what is unmounted with it must not be unmounted there.
  setMountAttributes(here(), target, { propagation: 'private' }, { recursive: true })
  unmount(here(), target, { lazy: true })
}

function whyNotReplaced(target: string): Diagnosis | undefined {
  if (mountAt(here(), target)?.mountPoint === fs.realpathSync(target)) return undefined
  return { code: 'NOT_A_MOUNT', sentence: `nothing is mounted at ${target}, so there is no map to replace` }
}

function unmountTree(target: string): void {
  for (const { mountPoint } of mountTree(here(), target).toReversed()) unmount(here(), mountPoint)
}

function finish(
  copy: number,
  { target, recursive = false }: { readonly target: string; readonly recursive?: boolean },
  attachIt: () => void,
): IdmappedMount {
  try {
    // It has its number already, and what fails before it is attached leaves nothing behind.
    const mount = new IdmappedMount(path.resolve(target), mountIdOf(here(), { fd: copy }), recursive)
    attachIt()
    return mount
  } finally {
    closeFd(here(), copy)
  }
}
