import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Extent } from '../../../lib/idmap/extent.ts'
import { type AsWritten, checkKernelLimits, type KernelLimits } from '../../../lib/idmap/limits.ts'
import { pairOf } from '../../../lib/idmap/pair.ts'
import { split } from '../../../lib/idmap/split.ts'
import { formatKernelMap } from '../../../lib/syntax/kernel.ts'
import { extentsNear, mapsNear, SPAN, tableOf } from './oracle.ts'
import { both, extents } from './written.ts'

/** Extents that can't be joined; `base` decides how many digits the ids have. */
const scattered = (count: number, base: number) =>
  Array.from({ length: count }, (_, i) => ({ from: base + 2 * i, to: base + 2 * i + 1, count: 1 }))
const check = (uid: Extent[], gid = uid, limits: KernelLimits = { role: 'mount' }) =>
  checkKernelLimits(pairOf({ uid, gid }), limits)
const codes = (problems: readonly { code: string }[]) => problems.map(({ code }) => code)

test('340 extents are the most the kernel takes', () => {
  expect(check(scattered(340, 0))).toEqual([])
  expect(check(scattered(341, 0), scattered(1, 0))).toEqual([
    {
      code: 'IDMAP_TOO_MANY_EXTENTS',
      half: 'uid',
      count: 341,
      limit: 340,
      extents: scattered(341, 0).slice(340),
      message: 'uid: 341 extents, but the kernel takes at most 340; use fewer, longer ranges',
    },
  ])
})

test('before 4.15 the kernel took 5 extents', () => {
  const on = (minor: number) => check(scattered(6, 0), scattered(5, 0), { role: 'mount', kernel: { major: 4, minor } })
  expect(on(15)).toEqual([])
  expect(on(14)).toEqual([
    expect.objectContaining({
      half: 'uid',
      limit: 5,
      count: 6,
      extents: [{ from: 10, to: 11, count: 1 }],
      message: 'uid: 6 extents, but a kernel before 4.15 takes at most 5; use fewer, longer ranges',
    }),
  ])
})

test('with ten-digit ids the length of the text is the limit: 170 lines of 24 bytes pass, 171 do not', () => {
  const base = 4_000_000_000
  expect(formatKernelMap(pairOf({ uid: scattered(171, base), gid: [] }).uid)).toHaveLength(171 * 24)
  expect(check(scattered(170, base))).toEqual([])
  expect(check(scattered(171, base))).toMatchObject([
    {
      code: 'IDMAP_TOO_LONG',
      half: 'uid',
      bytes: 4104,
      extents: scattered(171, base).slice(170),
      message:
        'uid: the map is 4104 bytes of text, but the kernel takes one write of less than 4096 bytes; use fewer, longer ranges',
    },
    { code: 'IDMAP_TOO_LONG', half: 'gid', bytes: 4104 },
  ])
})

test('a text of 4095 bytes passes and one of 4096 does not', () => {
  const long = scattered(170, 4_000_000_000)
  const fitting = [...long, { from: 100_000, to: 20, count: 1234 }]
  const length = (extents: Extent[]) => formatKernelMap(pairOf({ uid: extents, gid: [] }).uid).length
  expect(length(fitting)).toBe(4095)
  expect(check(fitting)).toEqual([])
  const over = [...long, { from: 100_000, to: 200, count: 1234 }]
  expect(length(over)).toBe(4096)
  expect(check(over, long)).toMatchObject([{ code: 'IDMAP_TOO_LONG', half: 'uid', bytes: 4096, limit: 4096 }])
})

test('a mount map needs both halves, a user namespace does not', () => {
  expect(check(scattered(1, 0), [])).toEqual([
    {
      code: 'IDMAP_MISSING_HALF',
      half: 'gid',
      message:
        'gid: nothing is mapped; the kernel refuses (EINVAL since 6.9) a mount map without both a uid and a gid half, and before that it shows every id as 65534',
    },
  ])
  expect(check([], []).map(({ message }) => message.slice(0, 4))).toEqual(['uid:', 'gid:'])
  expect(check([], [], { role: 'namespace' })).toEqual([])
})

test('several limits broken at once are all told', () => {
  expect(codes(check(scattered(341, 4_000_000_000), []))).toEqual([
    'IDMAP_TOO_MANY_EXTENTS',
    'IDMAP_TOO_LONG',
    'IDMAP_MISSING_HALF',
  ])
})

describe('extents as somebody wrote them', () => {
  const written = (...uid: string[]): AsWritten => ({ uid: extents(...uid), gid: [] })

  test('are checked for everything in one call', () => {
    const wrong = written('0 100000 0', '4294967290 0 6', '10 1000 10', '15 1005 10')
    expect(codes(checkKernelLimits(wrong, { role: 'mount' }))).toEqual([
      'IDMAP_EMPTY_EXTENT',
      'IDMAP_PAST_LAST_ID',
      'IDMAP_OVERLAP',
      'IDMAP_OVERLAP',
      'IDMAP_MISSING_HALF',
    ])
  })

  test('count as they are, though an id map would join them', () => {
    const lines = Array.from({ length: 341 }, (_, i) => `${i} ${i} 1`)
    const problems = checkKernelLimits(written(...lines), { role: 'namespace' })
    expect(problems).toMatchObject([{ code: 'IDMAP_TOO_MANY_EXTENTS', extents: [{ from: 340, to: 340, count: 1 }] }])
    expect(checkKernelLimits(both(...lines), { role: 'namespace' })).toEqual([])
  })

  test('are named by the spaces of their role', () => {
    const twice = written('0 5 1', '1 5 1')
    const message = (limits: KernelLimits) => checkKernelLimits(twice, limits)[0]?.message
    expect(message({ role: 'namespace' })).toBe(
      'uid: host id 5 is used twice, by container 0→host 5 and by container 1→host 5; an id can be in one extent only',
    )
    expect(message({ role: 'mount' })).toContain('by disk 0→host 5 and by disk 1→host 5')
    expect(message({ role: 'namespace', parent: written('5 5 1') })).toContain('container 0→parent namespace 5')
  })
})

describe('a namespace within a namespace', () => {
  const parent: AsWritten = { uid: extents('10 100010 10', '0 100000 10', '30 100030 5'), gid: extents('0 100000 40') }
  const nested = (...written: string[]) =>
    checkKernelLimits({ uid: extents(...written), gid: extents(...written) }, { role: 'namespace', parent })

  test('may have what is within one extent of its parent, up to both ends', () => {
    expect(nested('0 0 10', '10 10 10', '20 34 1', '40 30 1')).toEqual([])
  })

  test('may not have an extent that lies in two of the parent, though all of its ids are mapped there', () => {
    expect(nested('0 5 10')).toEqual([
      {
        code: 'IDMAP_OUTSIDE_PARENT',
        extent: { from: 0, to: 5, count: 10 },
        parents: extents('0 100000 10', '10 100010 10'),
        missing: [],
        context: { from: 'container', to: 'parent namespace', half: 'uid' },
        message:
          'uid: extent (0 5 10) spans 2 extents of the parent namespace: 0..9→100000, 10..19→100010; the kernel wants each extent within one extent of the parent namespace (EPERM): split it where they meet',
      },
    ])
  })

  test('may not have what the parent has not: the ids are named', () => {
    expect(nested('0 18 15')).toMatchObject([
      {
        parents: extents('10 100010 10', '30 100030 5'),
        missing: [{ from: 20, count: 10 }],
        message:
          'uid: extent (0 18 15) has ids that the parent namespace does not map: 20..29; the kernel wants each extent within one extent of the parent namespace (EPERM): leave them out, or add them to the parent',
      },
    ])
    expect(nested('0 18 30')[0]?.message).toContain('does not map: 20..29, 35..47;')
    expect(nested('0 50 1')).toMatchObject([
      { parents: [], missing: [{ from: 50, count: 1 }] },
      { parents: [], missing: [{ from: 50, count: 1 }] },
    ])
    expect(nested('0 36 9')).toMatchObject([
      { parents: [], missing: [{ from: 36, count: 9 }] },
      { parents: extents('0 100000 40'), missing: [{ from: 40, count: 5 }] },
    ])
  })

  test('is told of five extents of its parent, and how many more there are', () => {
    const singles = (count: number): AsWritten => ({
      uid: Array.from({ length: count }, (_, i) => ({ from: i, to: i, count: 1 })),
      gid: [],
    })
    const spanning = (count: number) =>
      checkKernelLimits({ uid: extents(`0 0 ${count}`), gid: [] }, { role: 'namespace', parent: singles(count) })[0]
    expect(spanning(5)?.message).toContain('spans 5 extents of the parent namespace: 0→0, 1→1, 2→2, 3→3, 4→4; the')
    expect(spanning(6)?.message).toContain('namespace: 0→0, 1→1, 2→2, 3→3, 4→4 and 1 more; the')
    expect(spanning(340)).toMatchObject({ parents: singles(340).uid, missing: [] })
  })

  test('and its parent are compared as far as the kernel would read them, however long they are', () => {
    const endless: AsWritten = { uid: Array(1000).fill({ from: 0, to: 0, count: 4_294_967_295 }), gid: [] }
    const parent: AsWritten = {
      uid: Array.from({ length: 1000 }, (_, i) => ({ from: 2 * i, to: 2 * i, count: 1 })),
      gid: [],
    }
    const outside = checkKernelLimits(endless, { role: 'namespace', parent }).filter(
      ({ code }) => code === 'IDMAP_OUTSIDE_PARENT',
    )
    expect(outside).toHaveLength(340)
    expect(outside[0]).toMatchObject({ parents: { length: 340 } })
  })

  test('is not accused of lying outside when its numbers are none', () => {
    expect(codes(nested('0 50 0')).every(code => code === 'IDMAP_EMPTY_EXTENT')).toBe(true)
  })

  test('whose map was split at the extents of its parent has none that spans two', () => {
    const maps = fc.tuple(mapsNear<'container', 'parent'>(0, 0), extentsNear(0, 0))
    let spanning = 0
    fc.assert(
      fc.property(maps, ([map, written]) => {
        const limits = { role: 'namespace', parent: { uid: written, gid: [] } } as const
        const found = (uid: readonly Extent[]) =>
          checkKernelLimits({ uid, gid: [] }, limits).filter(({ code }) => code === 'IDMAP_OUTSIDE_PARENT')
        const within = ({ to, count }: Extent) =>
          written.some(one => one.from <= to && to + count <= one.from + one.count)
        expect(found(map.extents)).toHaveLength(map.extents.filter(extent => !within(extent)).length)
        const lacking = [...tableOf(map).values()].filter(id => !tableOf(written).has(id))
        const pieces = found(split(map, written))
        expect(pieces.every(one => one.code === 'IDMAP_OUTSIDE_PARENT' && one.parents.length === 0)).toBe(true)
        if (lacking.length === 0) expect(pieces).toEqual([])
        spanning += found(map.extents).length
      }),
      { numRuns: 1000 },
    )
    expect(spanning).toBeGreaterThan(SPAN)
  })
})
