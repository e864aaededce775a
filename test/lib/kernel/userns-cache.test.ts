import fs from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import { UserNamespaceCache } from '../../../lib/kernel/userns-cache.ts'
import { both, noNamespaces, openDescriptors, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)
const numbered = (i: number) => both<'disk', 'host'>([0, 100000 + 1000 * i, 1000])
const CALLS = process.env.IDMAPLAB_SOAK ? 10_000 : 1000

natively('a namespace is made once for maps that do the same, however they are written', () => {
  using cache = new UserNamespaceCache()
  using one = cache.borrow(both<'disk', 'host'>([0, 100000, 20]))
  using other = cache.borrow(both<'disk', 'host'>([10, 100010, 10], [0, 100000, 10]))
  expect(other.namespace.inode).toBe(one.namespace.inode)
  expect(cache.size).toBe(1)
})

natively('maps that share a half get a namespace each, and each its own again', () => {
  using cache = new UserNamespaceCache()
  const halves = [numbered(0), numbered(1)]
  const pairs = halves.flatMap(({ uid }) => halves.map(({ gid }) => ({ uid, gid })))
  const inodes = () =>
    pairs.map(pair => {
      using loan = cache.borrow(pair)
      return loan.namespace.inode
    })
  const first = inodes()
  expect(new Set(first).size).toBe(4)
  expect(inodes()).toEqual(first)
})

natively(
  `${CALLS} concurrent callers with ten maps get ten namespaces, and leave nothing when it is closed`,
  async () => {
    const before = openDescriptors()
    const cache = new UserNamespaceCache()
    const inodes = await Promise.all(
      Array.from({ length: CALLS }, (_, i) =>
        cache.use(numbered(i % 10), async namespace => {
          await turn()
          return fs.fstatSync(namespace.fd).ino
        }),
      ),
    )
    expect(new Set(inodes).size).toBe(10)
    expect(inodes.every((inode, i) => inode === inodes[i % 10])).toBe(true)
    expect(cache.size).toBe(10)
    cache.close()
    expect(openDescriptors()).toEqual(before)
  },
)

natively('the one that was not used for the longest time makes room; those on loan stay', () => {
  using cache = new UserNamespaceCache({ limit: 3 })
  const kept = cache.borrow(numbered(0))
  const inodeOf = (i: number) => {
    using loan = cache.borrow(numbered(i))
    return loan.namespace.inode
  }
  const second = cache.borrow(numbered(1))
  second.release()
  inodeOf(2)
  inodeOf(1)
  inodeOf(3) // makes the third go
  expect(cache.size).toBe(3)
  expect(inodeOf(1)).toBe(second.namespace.inode)
  expect(kept.namespace.closed).toBe(false)
  kept.release()
})

natively('when all are on loan another map is refused at once, in words', () => {
  using cache = new UserNamespaceCache({ limit: 1 })
  using _loan = cache.borrow(numbered(0))
  expect(() => cache.borrow(numbered(1))).toThrow(/all 1 user namespaces of the cache are on loan: release one/)
  using _again = cache.borrow(numbered(0))
})

natively('a loan given back twice is given back once', () => {
  using cache = new UserNamespaceCache({ limit: 1 })
  using first = cache.borrow(numbered(0))
  const second = cache.borrow(numbered(0))
  second.release()
  second.release()
  expect(() => cache.borrow(numbered(1))).toThrow(/on loan/)
  expect(first.namespace.closed).toBe(false)
})

natively('closing it closes what is on loan when that comes back, and lends nothing more', () => {
  const cache = new UserNamespaceCache()
  const loan = cache.borrow(numbered(0))
  cache.close()
  expect(loan.namespace.closed).toBe(false)
  loan.release()
  expect(loan.namespace.closed).toBe(true)
  expect(() => cache.borrow(numbered(0))).toThrow(/was closed/)
})

natively('a map the kernel refuses takes no place', () => {
  using cache = new UserNamespaceCache({ limit: 1 })
  const tooLong = both<'disk', 'host'>(...Array.from({ length: 341 }, (_, i) => [2 * i, 2 * i, 1] as const))
  expect(() => cache.borrow(tooLong)).toThrow(/uid_map refuses the extent/)
  expect(cache.size).toBe(0)
  cache.borrow(numbered(0)).release()
})
