import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GuestPool, mostAlive } from '../../../vm/pool/pool.ts'
import { usualSize } from '../../../vm/pool/size.ts'

/** Guests that are none: each lives from its preparation to its disposal, and runs until it is let go. */
class Hall {
  alive = 0
  running = 0
  prepared: number[] = []
  disposed: number[] = []
  most = { alive: 0, running: 0 }
  readonly #ends = new Map<number, () => void>()
  #woken: () => void = () => {}

  readonly employment = {
    prepare: async (given: number) => {
      this.alive += 1
      this.most.alive = Math.max(this.most.alive, this.alive)
      this.prepared.push(given)
      return {
        [Symbol.asyncDispose]: async () => {
          this.alive -= 1
          this.disposed.push(given)
        },
      }
    },
    use: async (_prepared: unknown, given: number) => {
      this.running += 1
      this.most.running = Math.max(this.most.running, this.running)
      await new Promise<void>(resolve => {
        this.#ends.set(given, resolve)
        this.#woken()
      })
      this.running -= 1
      return given
    },
  }

  /** Lets the case end, once it runs. */
  async end(given: number): Promise<void> {
    while (!this.#ends.has(given)) {
      await new Promise<void>(resolve => {
        this.#woken = resolve
      })
    }
    this.#ends.get(given)?.()
  }
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const result of results) all.push(result)
  return all
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
/** Lets everything that can go on without anybody's doing go on. */
const settle = () => new Promise(setImmediate)

test('every case is prepared, used and disposed of once, with never more guests than there may be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 20 }), async (size, count) => {
      const hall = new Hall()
      const results = collect(new GuestPool({ size }).run(upTo(count), hall.employment))
      for (const given of upTo(count)) await hall.end(given)
      expect((await results).sort((a, b) => a - b)).toEqual(upTo(count))
      expect(hall.prepared).toEqual(upTo(count))
      expect([...hall.disposed].sort((a, b) => a - b)).toEqual(upTo(count))
      expect(hall.most.running).toBe(Math.min(size, count))
      expect(hall.most.alive).toBeLessThanOrEqual(mostAlive(size))
    }),
    { numRuns: 30 },
  )
})

test('the next guest is prepared while the current case runs', async () => {
  const hall = new Hall()
  const results = collect(new GuestPool({ size: 1 }).run(upTo(3), hall.employment))
  await settle()
  expect([hall.prepared, hall.running]).toEqual([[0, 1], 1])
  for (const given of upTo(3)) await hall.end(given)
  await results
})

test('a slow case holds up no other', async () => {
  const hall = new Hall()
  const results = new GuestPool({ size: 2 }).run(upTo(4), hall.employment)
  const first = results.next()
  await hall.end(1)
  expect(await first).toEqual({ done: false, value: 1 })
  const rest = collect(results)
  for (const given of [2, 3, 0]) await hall.end(given)
  expect(await rest).toEqual([2, 3, 0])
})

test('cases are taken from their source only as there is room, and no result is heaped up', async () => {
  let taken = 0
  function* endless() {
    for (;;) {
      taken += 1
      yield taken
    }
  }
  const use = async (_prepared: unknown, given: number) => given
  const results = new GuestPool({ size: 2 }).run(endless(), { prepare: new Hall().employment.prepare, use })
  await results.next()
  await settle()
  expect(taken).toBe(mostAlive(2))
  await results.next()
  await settle()
  expect(taken).toBe(mostAlive(2) + 1)
  await results.return(undefined)
})

test('stopped, it begins no further case, awaits those that run, and disposes of what was prepared', async () => {
  const hall = new Hall()
  const stop = new AbortController()
  const results = collect(new GuestPool({ size: 2, signal: stop.signal }).run(upTo(10), hall.employment))
  await settle()
  expect([hall.alive, hall.running]).toEqual([3, 2])
  stop.abort()
  await hall.end(0)
  await hall.end(1)
  expect((await results).sort()).toEqual([0, 1])
  expect(hall.alive).toBe(0)
  expect(hall.prepared).toEqual([0, 1, 2])
})

test('stopped before it began, it begins nothing', async () => {
  const hall = new Hall()
  expect(await collect(new GuestPool({ size: 2, signal: AbortSignal.abort() }).run(upTo(3), hall.employment))).toEqual(
    [],
  )
  expect(hall.prepared).toEqual([])
})

test('whoever stops taking results leaves no guest behind', async () => {
  const hall = new Hall()
  const results = new GuestPool({ size: 2 }).run(upTo(10), hall.employment)
  const first = results.next()
  await hall.end(0)
  await first
  const over = results.return(undefined)
  for (const given of hall.prepared.slice(1, 3)) await hall.end(given)
  await over
  expect(hall.alive).toBe(0)
})

test.each(['prepare', 'use'] as const)('when %s fails every guest goes, and the failure is told', async what => {
  const hall = new Hall()
  const use = async (_prepared: unknown, given: number) => given
  const fail = () => Promise.reject(new Error('no luck'))
  const employment = { prepare: hall.employment.prepare, use, [what]: fail }
  await expect(collect(new GuestPool({ size: 2 }).run(upTo(3), employment))).rejects.toThrow('no luck')
  expect(hall.alive).toBe(0)
})

const GIB = 1024 ** 3

test.each([
  [8, 64 * GIB, 8],
  [2, 24 * GIB, 2],
  [8, 6 * GIB, 4],
  [8, 3 * GIB, 2],
  [8, 2 * GIB, 1],
  [1, 64 * GIB, 1],
  [8, 0, 1],
])('%d CPUs with %d bytes of memory get %d guests side by side', (cpus, memory, size) => {
  expect(usualSize(cpus, memory)).toBe(size)
})

test('this very machine gets at least one', () => {
  expect(usualSize()).toBeGreaterThanOrEqual(1)
})
