import { type Blame, IdmaplabError } from '../error.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import { formatKernelMap } from '../syntax/kernel.ts'
import { createUserNamespace, requirePair, type UserNamespace } from './userns.ts'

type Entry = { readonly key: string; readonly namespace: UserNamespace; users: number }

/** A namespace on loan: give it back with {@link release} or `using`; its descriptor stays the cache's. */
export interface NamespaceLoan extends Disposable {
  readonly namespace: UserNamespace
  /** Gives the namespace back, once; others may go on using it. */
  release(): void
}

/**
 * One user namespace for equal maps, however many ask and however the maps were written: a namespace takes 0.3 ms to
 * make and counts against user.max_user_namespaces. Each stays open for the next who asks until there are `limit` of
 * them; then the one that was not used for the longest time makes room. When all are on loan the next map is refused at
 * once with `USERNS_CACHE_FULL` instead of waiting: who waits may hold the one that is waited for.
 *
 * An idmapped mount needs its namespace no longer than mount_setattr(2) takes, so loans are short.
 */
export class UserNamespaceCache implements Disposable {
  readonly limit: number
  // In the order of their last use, the oldest first.
  readonly #entries = new Map<string, Entry>()
  #closed = false

  constructor(options: { readonly limit?: number } = {}) {
    this.limit = options.limit ?? 64
  }

  /** How many namespaces it has. */
  get size(): number {
    return this.#entries.size
  }

  /** The namespace with these maps, made if there is none. Synchronous, so no two callers can make it at once. */
  borrow<Inside extends string, Outside extends string>(pair: IdMapPair<Inside, Outside>): NamespaceLoan {
    if (this.#closed) throw new CacheRefusal('USERNS_CACHE_CLOSED', 'the cache of user namespaces was closed')
    requirePair(pair)
    const key = keyOf(pair)
    const entry = this.#entries.get(key) ?? this.#make(key, pair)
    entry.users += 1
    return new Loan(entry.namespace, () => this.#giveBack(entry))
  }

  /** Lends the namespace with these maps for as long as `use` takes. */
  async use<Inside extends string, Outside extends string, T>(
    pair: IdMapPair<Inside, Outside>,
    use: (namespace: UserNamespace) => T | Promise<T>,
  ): Promise<T> {
    using loan = this.borrow(pair)
    return await use(loan.namespace)
  }

  /** Closes every namespace, those on loan when they come back; nothing can be borrowed after. */
  close(): void {
    this.#closed = true
    for (const entry of this.#entries.values()) if (entry.users === 0) this.#drop(entry)
  }

  /** Closes what it has; for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  #make<Inside extends string, Outside extends string>(key: string, pair: IdMapPair<Inside, Outside>): Entry {
    if (this.#entries.size >= this.limit) this.#makeRoom()
    const entry = { key, namespace: createUserNamespace(pair), users: 0 }
    this.#entries.set(key, entry)
    return entry
  }

  #makeRoom(): void {
    for (const entry of this.#entries.values()) {
      if (entry.users > 0) continue
      this.#drop(entry)
      return
    }
    throw new CacheRefusal(
      'USERNS_CACHE_FULL',
      `all ${this.limit} user namespaces of the cache are on loan: release one, or make the cache with a higher limit`,
    )
  }

  #giveBack(entry: Entry): void {
    entry.users -= 1
    if (this.#closed && entry.users === 0) this.#drop(entry)
    else if (this.#entries.delete(entry.key)) this.#entries.set(entry.key, entry)
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.key)
    entry.namespace.close()
  }
}

class Loan implements NamespaceLoan {
  readonly namespace: UserNamespace
  #giveBack: (() => void) | undefined

  constructor(namespace: UserNamespace, giveBack: () => void) {
    this.namespace = namespace
    this.#giveBack = giveBack
  }

  release(): void {
    this.#giveBack?.()
    this.#giveBack = undefined
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

/** The cache has nothing to lend. */
export class CacheRefusal extends IdmaplabError {
  readonly code: 'USERNS_CACHE_FULL' | 'USERNS_CACHE_CLOSED'
  readonly blame: Blame = 'user'
  constructor(code: CacheRefusal['code'], message: string) {
    super(message)
    this.code = code
  }
}

// To write 340 extents, or to hash the text of them, takes as long as the mount; a map never changes.
const keys = new WeakMap<object, WeakMap<object, string>>()

/** Equal for maps that do the same: an IdMap is written in one way only. */
function keyOf<Inside extends string, Outside extends string>({ uid, gid }: IdMapPair<Inside, Outside>): string {
  const known = keys.get(uid)?.get(gid)
  if (known !== undefined) return known
  const key = `${formatKernelMap(uid)}\n${formatKernelMap(gid)}`
  const withUid = keys.get(uid) ?? new WeakMap<object, string>()
  keys.set(uid, withUid.set(gid, key))
  return key
}
