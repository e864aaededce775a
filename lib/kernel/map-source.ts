import { constants } from 'node:os'
import type { IdMapPair } from '../idmap/pair.ts'
import { ArgumentError } from './argument-error.ts'
import { here } from './caller.ts'
import { DiagnosedError } from './diagnosis.ts'
import { powerOverMounts } from './namespace-power.ts'
import { createUserNamespace, UserNamespace } from './userns.ts'
import type { UserNamespaceCache } from './userns-cache.ts'

/**
 * Where a mount's map comes from. `map`: what an id in the inode is for the host; with `cache` its namespace is kept for
 * the next mount. `userns`: a user namespace whose inner ids are the disk's: one held open, a descriptor of this process,
 * or a path. `passthrough`: the user namespace of a container, by the pid of a process in it or held open: its own map
 * is undone, so that an id on the disk is the same id in the container (`idmap=passthrough` of Proxmox).
 */
export type MapSource =
  | { readonly map: IdMapPair<'disk', 'host'>; readonly cache?: UserNamespaceCache }
  | { readonly userns: UserNamespace | number | string }
  | { readonly passthrough: UserNamespace | number }

/** Does something with the user namespace a map comes from, as a descriptor of this process that is good for as long. */
export function withNamespace<T>(source: MapSource, use: (fd: number) => T): T {
  if ('userns' in source && typeof source.userns === 'number') return use(source.userns)
  const held = hold(source)
  try {
    return use(held.namespace.fd)
  } finally {
    held[Symbol.dispose]()
  }
}

type Held = Disposable & { readonly namespace: UserNamespace }

function hold(source: MapSource): Held {
  if ('map' in source) {
    const { map, cache } = source
    return forMounting(() => (cache === undefined ? owned(createUserNamespace(map)) : cache.borrow(map)))
  }
  const given = 'userns' in source ? source.userns : source.passthrough
  if (given instanceof UserNamespace) return { namespace: given, [Symbol.dispose]: () => {} }
  if (typeof given === 'string') return owned(UserNamespace.open(given))
  if (typeof given === 'number') return owned(UserNamespace.of(given))
  throw new ArgumentError('a mount needs a map: give `map`, `userns` or `passthrough`')
}

/**
 * Makes a user namespace for a mount. Who may not mount anyway lacks more than the capability its map was refused for, and
 * would only meet the next refusal: that is told instead.
 */
export function forMounting<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof DiagnosedError) || error.errno !== constants.errno.EPERM) throw error
    const missing = powerOverMounts(here())
    throw missing === undefined ? error : new DiagnosedError(error.cause, missing)
  }
}

function owned(namespace: UserNamespace): Held {
  return { namespace, [Symbol.dispose]: () => namespace.close() }
}
