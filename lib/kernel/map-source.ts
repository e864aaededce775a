import type { IdMapPair } from '../idmap/pair.ts'
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
  if ('map' in source)
    return source.cache === undefined ? owned(createUserNamespace(source.map)) : source.cache.borrow(source.map)
  const given = 'userns' in source ? source.userns : source.passthrough
  if (given instanceof UserNamespace) return { namespace: given, [Symbol.dispose]: () => {} }
  return owned(typeof given === 'string' ? UserNamespace.open(given) : UserNamespace.of(given))
}

function owned(namespace: UserNamespace): Held {
  return { namespace, [Symbol.dispose]: () => namespace.close() }
}
