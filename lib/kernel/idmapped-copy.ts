import type { Caller } from './caller.ts'
import { diagnosed } from './diagnosis.ts'
import { whyIdmapRefused } from './idmap-refusal.ts'
import { closeFd, openChangedCopy, openDetachedCopy } from './mount.ts'
import { type MountChange, setMountAttributes } from './mount-attributes.ts'
import { whyNotOpened } from './path-refusal.ts'

/** What is copied, and how far. */
export type CopiedMount = {
  /** A directory or file; a symbolic link is followed. */
  readonly source: string
  /** With the mounts below it. Every one of them must allow a map, or none gets it. */
  readonly recursive?: boolean
}

/** A change that gives the mount a map: `idmap` is the descriptor of a user namespace, the caller's own. */
export type MappedChange = MountChange & { readonly idmap: number }

/**
 * A detached copy of a mount with a map and attributes, as a descriptor of the caller: nobody sees it until it is
 * attached, and closing it leaves nothing. Linux 5.12. A refusal is a `DiagnosedError`.
 */
export function openIdmappedCopy(caller: Caller, mount: CopiedMount, change: MappedChange): number {
  const { source, recursive = false } = mount
  const about = { namespace: change.idmap, source, recursive }
  const copy = diagnosed(
    () => openDetachedCopy(caller, source, { recursive }),
    refused => whyNotOpened(refused, 'the source', source) ?? whyIdmapRefused(caller, refused, about),
  )
  try {
    diagnosed(
      () => setMountAttributes(caller, copy, change, { recursive }),
      refused => whyIdmapRefused(caller, refused, { ...about, mount: copy }),
    )
    return copy
  } catch (error) {
    closeFd(caller, copy)
    throw error
  }
}

/**
 * The same of a mount that has a map already: the copy gets this one instead. open_tree_attr(2), Linux 6.15; before,
 * a `DiagnosedError` with KERNEL_TOO_OLD.
 */
export function openRemappedCopy(caller: Caller, mount: CopiedMount, change: MappedChange): number {
  const { source, recursive = false } = mount
  return diagnosed(
    () => openChangedCopy(caller, source, change, { recursive }),
    refused => whyIdmapRefused(caller, refused, { namespace: change.idmap, source, recursive }),
  )
}

/** Gives a mount of the caller's a map and attributes; like `setMountAttributes`, but a refusal is a `DiagnosedError`. */
export function changeMount(
  caller: Caller,
  mount: number,
  change: MappedChange,
  options: { readonly recursive?: boolean } = {},
): void {
  diagnosed(
    () => setMountAttributes(caller, mount, change, options),
    refused => whyIdmapRefused(caller, refused, { namespace: change.idmap, mount, ...options }),
  )
}
