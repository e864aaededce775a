import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { INVALID_ID } from '../../../lib/idmap/extent.ts'
import { IdMap } from '../../../lib/idmap/map.ts'
import { traceId } from '../../../lib/idmap/trace.ts'
import { bases, mapsNear, SPAN } from './oracle.ts'
import { extents } from './written.ts'

const container = IdMap.of<'container', 'host'>(extents('0 100000 65536'))
const mount = IdMap.of<'disk', 'host'>(extents('1005 101005 1', '100000 100000 1005', '101006 101006 64530'))

describe('an id that is mapped all the way', () => {
  test('from the container to the disk: each extent is written as its own map has it', () => {
    const trace = traceId('uid', 'container', 1005).along('host', container).back('disk', mount)
    expect(`${trace}`).toBe('container uid 1005 → host 101005 (u 0 100000 65536) → disk 1005 (u 1005 101005 1)')
    expect(trace.end).toEqual({ space: 'disk', id: 1005 })
    expect(trace.steps).toEqual([
      {
        outcome: 'carried',
        from: { space: 'container', id: 1005 },
        to: { space: 'host', id: 101_005 },
        extent: { from: 0, to: 100_000, count: 65_536 },
      },
      {
        outcome: 'carried',
        from: { space: 'host', id: 101_005 },
        to: { space: 'disk', id: 1005 },
        extent: { from: 1005, to: 101_005, count: 1 },
      },
    ])
  })

  test('from the disk into the container', () => {
    const trace = traceId('gid', 'disk', 100_007).along('host', mount).back('container', container)
    expect(`${trace}`).toBe('disk gid 100007 → host 100007 (g 100000 100000 1005) → container 7 (g 0 100000 65536)')
  })

  test('over a mount without an idmap, with no extent in between', () => {
    const trace = traceId('uid', 'disk', 100_007).same('host').back('container', container)
    expect(`${trace}`).toBe('disk uid 100007 → host 100007 → container 7 (u 0 100000 65536)')
    expect(trace.steps[0]).not.toHaveProperty('extent')
  })
})

describe('an id that is lost', () => {
  test('ends where no extent carries it, between the nearest ones', () => {
    const trace = traceId('uid', 'disk', 7).along('host', mount)
    expect(trace.end).toBeUndefined()
    expect(trace.steps).toEqual([
      {
        outcome: 'unmapped',
        from: { space: 'disk', id: 7 },
        to: { space: 'host' },
        nearest: [{ from: 1005, to: 101_005, count: 1 }],
      },
    ])
    expect(`${trace}`).toBe('disk uid 7 → host: not mapped; the nearest extent is u 1005 101005 1')
    expect(`${traceId('uid', 'disk', 101_005).along('host', mount)}`).toBe(
      'disk uid 101005 → host: not mapped; the nearest extents are u 100000 100000 1005 and u 101006 101006 64530',
    )
    expect(`${traceId('uid', 'disk', 165_536).along('host', mount)}`).toBe(
      'disk uid 165536 → host: not mapped; the nearest extent is u 101006 101006 64530',
    )
  })

  test('backwards the nearest extents are those by the other side, as the map has them', () => {
    const map = IdMap.of<'container', 'host'>(extents('0 500 10', '10 100 10', '20 300 10'))
    expect(traceId('uid', 'host', 200).back('container', map).steps).toMatchObject([
      { outcome: 'unmapped', nearest: extents('10 100 10', '20 300 10') },
    ])
  })

  test('takes no further hop', () => {
    const trace = traceId('uid', 'container', 70_000).along('host', container).back('disk', mount).same('image')
    expect(trace.steps).toHaveLength(1)
    expect(`${trace}`).toBe('container uid 70000 → host: not mapped; the nearest extent is u 0 100000 65536')
  })

  test('in an empty map has no nearest extent', () => {
    expect(`${traceId('uid', 'disk', 0).along('host', IdMap.of<'disk', 'host'>([]))}`).toBe(
      'disk uid 0 → host: not mapped; no id is',
    )
  })

  test.each([INVALID_ID, -1, 0.5, Number.NaN])('%d is no id and goes nowhere', id => {
    const all = IdMap.of<'disk', 'host'>(extents('0 0 4294967295'))
    expect(traceId('uid', 'disk', id).along('host', all).end).toBeUndefined()
    expect(traceId('uid', 'disk', id).same('host').steps).toEqual([
      { outcome: 'unmapped', from: { space: 'disk', id }, to: { space: 'host' }, nearest: [] },
    ])
  })
})

test('a trace is where it starts before it has gone anywhere', () => {
  const start = traceId('uid', 'disk', 5)
  expect(start.end).toEqual({ space: 'disk', id: 5 })
  expect(`${start}`).toBe('disk uid 5')
  start.along('host', mount)
  expect(start.steps).toEqual([])
})

test('a trace ends where lookup ends, along and back', () => {
  const inputs = bases.chain(({ a, b, c }) =>
    fc.tuple(fc.constant(a), mapsNear<'a', 'b'>(a, b), mapsNear<'c', 'b'>(c, b), fc.nat(SPAN)),
  )
  fc.assert(
    fc.property(inputs, ([base, first, second, offset]) => {
      const id = base + offset
      const trace = traceId('uid', 'a', id).along('b', first).back('c', second)
      expect(trace.end?.id).toBe(first.compose(second.invert()).lookup(id))
      for (const step of trace.steps)
        if (step.outcome === 'carried' && step.extent) expect([...first, ...second]).toContainEqual(step.extent)
    }),
    { numRuns: 500 },
  )
})
