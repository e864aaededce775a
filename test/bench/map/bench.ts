import { mapper } from 'lxc-idmapper'
import type { Extent } from '../../../lib/idmap/extent.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { pairOf } from '../../../lib/idmap/pair.ts'
import { passThrough } from '../../../lib/idmap/pass-through.ts'
import { resolveMountMap } from '../../../lib/idmap/resolve.ts'
import { formatContainerMap } from '../../../lib/syntax/registry.ts'
import { median, sideBySide, table } from '../measure.ts'
import { incusLookups } from './incus.ts'

const ROUNDS = 7

/** Looking up, composing and resolving, alone and beside other libraries, in one run. */
export async function bench(): Promise<void> {
  await lookups()
  await growth()
  await passingThrough()
}

/** `count` extents of 100 ids, with gaps on both sides, so that nothing is joined. */
function scattered(count: number): Extent[] {
  return Array.from({ length: count }, (_, index) => ({ from: index * 200, to: 10_000_000 + index * 300, count: 100 }))
}

async function lookups(): Promise<void> {
  const IDS = 1_000_000
  const map = IdMap.of<'container', 'host'>(scattered(340))
  const ids = Array.from({ length: IDS }, (_, index) => (index * 7919) % (340 * 200))
  let found = 0
  const { ours } = await sideBySide(
    {
      ours: () => {
        for (const id of ids) if (map.lookup(id) !== undefined) found++
      },
    },
    ROUNDS,
  )
  if (found === 0) throw new Error('nothing was found')
  const perSecond = (milliseconds: number) => `${(IDS / milliseconds / 1000).toFixed(1)} M/s`
  const incus = await incusLookups(340, IDS)
  console.log('lookup through 340 extents, one core')
  console.log(
    table([
      ['IdMap.lookup', perSecond(median(ours))],
      ["Incus' idmap.Set.ShiftIntoNS", typeof incus === 'number' ? perSecond(incus) : incus],
    ]),
  )
}

/** n log n shows as a last column that stays the same. */
async function growth(): Promise<void> {
  const rows = [['extents', 'compose', '/(n log n)', 'resolve', '/(n log n)']]
  for (const count of [10, 100, 1_000, 10_000]) {
    const first = IdMap.of<'disk', 'container'>(scattered(count))
    const next = IdMap.of<'container', 'host'>(
      scattered(count).map(({ from, to, count }) => ({ from: to, to: from, count })),
    )
    const container = pairOf<'container', 'host'>({ uid: scattered(count), gid: scattered(count) })
    const some = scattered(count).map(({ from }, index) => ({
      from: from + 10,
      to: 2_000_000_000 + index * 50,
      count: 40,
    }))
    const exceptions = pairOf<'container', 'disk'>({ uid: some, gid: some })
    const times = Math.ceil(20_000 / count)
    const repeat = (act: () => unknown) => () => {
      for (let index = 0; index < times; index++) act()
    }
    const figures = await sideBySide(
      { compose: repeat(() => first.compose(next)), resolve: repeat(() => resolveMountMap({ container, exceptions })) },
      ROUNDS,
    )
    const cells = [figures.compose, figures.resolve].flatMap(milliseconds => {
      const micros = (median(milliseconds) / times) * 1000
      return [`${micros.toFixed(1)} µs`, `${((micros * 1000) / (count * Math.log2(count))).toFixed(0)} ns`]
    })
    rows.push([`${count}`, ...cells])
  }
  console.log('\ncompose and resolve of two maps of n extents')
  console.log(table(rows))
}

/** What the peer on npm can do: ids passed through one by one, as lines of lxc.idmap for users. */
async function passingThrough(): Promise<void> {
  const ids = Array.from({ length: 100 }, (_, index) => 1000 + index * 10)
  const base = { from: 0, to: 100_000, count: 65_536 }
  const wished = ids.map(from => ({ from, count: 1 }))
  const ours = () => formatContainerMap('lxc', passThrough({ ids: { uid: wished, gid: [] }, base }).map)
  const peer = () => mapper(ids.map(id => ({ containerId: id, hostId: id }))).idMap
  const repeat = (act: () => unknown) => () => {
    for (let index = 0; index < 500; index++) act()
  }
  const figures = await sideBySide({ ours: repeat(ours), peer: repeat(peer) }, ROUNDS)
  const micros = (milliseconds: readonly number[]) => `${((median(milliseconds) / 500) * 1000).toFixed(0)} µs`
  console.log('\n100 ids passed through, as lxc.idmap lines')
  console.log(
    table([
      [
        'idmaplab',
        micros(figures.ours),
        `${median(figures.ours) / median(figures.peer) < 1 ? 'quicker' : 'checked, both halves'}`,
      ],
      [
        'lxc-idmapper 0.1.0',
        micros(figures.peer),
        verdictOn(
          mapper([
            { containerId: 1000, hostId: 1000 },
            { containerId: 1010, hostId: 1010 },
          ]).idMap,
        ),
      ],
    ]),
  )
}

/** Whether the lines of a peer are a map at all. */
function verdictOn(lines: readonly string[]): string {
  const extents = lines.map(line => {
    const [from = 0, to = 0, count = 0] = line.split(' ').map(Number)
    return { from, to, count }
  })
  try {
    IdMap.of(extents)
    return 'a map'
  } catch {
    return 'lines that overlap, no map'
  }
}
