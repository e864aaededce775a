import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapPair } from '../../../lib/idmap/pair.ts'
import { parseMap, type ReadContext } from '../../../lib/syntax/dialect.ts'
import { podman } from '../../../lib/syntax/podman.ts'
import { pairs } from './arbitrary.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const container = podman.roles.container

/** What a user 1000 with `100000:65536` in both files has, as `podman unshare cat /proc/self/uid_map` shows it. */
const ROOTLESS = pair<'container', 'host'>([
  [0, 1000, 1],
  [1, 100000, 65536],
])
const rootless = { container: ROOTLESS }

describe('what is read', () => {
  test('the container is the first number, the host the second', () => {
    expect(said(container, '--uidmap 1005:2005:1')).toBe('1005→2005 | 1005→2005')
  })

  test.each([
    '--uidmap 0:100000:5 --gidmap 0:200000:5',
    '--uidmap=0:100000:5 --gidmap="0:200000:5"',
    "podman run --rm -it '--uidmap=0:100000:5' --gidmap '0:200000:5' alpine sh -c 'cat /proc/self/uid_map'",
    'podman run \\\n  --uidmap 0:100000:5 \\\n  --gidmap 0:200000:5 alpine',
    '[Container]\n# mapped\nImage=alpine\nUIDMap=0:100000:5\nGIDMap=0:200000:5\n',
    '--gidmap 0:200000:5 --uidmap 0:100000:2,2:100002:3',
    '--gidmap 0:200000:5 --uidmap 0:100000:2:2:100002:3',
    'u0:100000:5 g0:200000:5',
    'u0:100000:5;g0:200000:5',
    '--uidmap u0:100000:5 --uidmap g0:200000:5',
    '--gidmap u0:100000:5 --gidmap g0:200000:5',
  ])('%j', text => {
    expect(said(container, text)).toBe('0..4→100000 | 0..4→200000')
  })

  test('entries have the place of their extent', () => {
    expect(entries(container, '--gidmap 5:6\n--uidmap=0:1:2:2:3:4,9:9')).toEqual([
      '2:10 uid 0 1 2',
      '2:16 uid 2 3 4',
      '2:22 uid 9 9 1',
      '1:10 gid 5 6 1',
    ])
  })

  test('one option alone counts for both halves', () => {
    expect(said(container, '--gidmap 0:5:3')).toBe('0..2→5 | 0..2→5')
    expect(said(container, '0:5:3')).toBe('0..2→5 | 0..2→5')
    expect(said(container, '--uidmap 0:5:3 --gidmap 1:1')).toBe('0..2→5 | 1→1')
  })

  // podman-run(1), "Passing only one of --uidmap or --gidmap"
  test('the manual’s example of a flag that keeps an extent from being copied', () => {
    expect(said(container, '--gidmap "0:0:1000" --gidmap "g2000:2000:1"')).toBe('0..999→0 | 0..999→0, 2000→2000')
  })

  test('nothing is an empty map, for the rootless too', () => {
    expect(said(container, '')).toBe('(empty) | (empty)')
    expect(said(container, '', rootless)).toBe('(empty) | (empty)')
  })
})

// Situations of podman's pkg/util/utils_test.go (TestParseIDMap2 … TestParseIDMapUserGroupFlags).
describe('an extent with + takes its ids away from those before it', () => {
  test.each([
    ['0:2000:100000,+1:100:1', '0→2000, 1→100, 2..99999→2002'],
    [
      '0:0:20,24:24:6,+7:1000:2,+12:2000:3,+18:3000:7',
      '0..6→0, 7..8→1000, 9..11→9, 12..14→2000, 15..17→15, 18..24→3000, 25..29→25',
    ],
    ['0:0:20,+10:1:1', '0→0, 2..9→2, 10→1, 11..19→11'],
    ['0:20:10,15:35:10,+8:23:16', '0..2→20, 8..23→23, 24→44'],
    ['+5:5:1,0:0:3', '0..2→0, 5→5'],
  ])('%s', (text, map) => {
    expect(said(container, text)).toBe(`${map} | ${map}`)
  })

  test('without +, two that meet are an overlap', () => {
    expect(() => said(container, '0:0:20,10:100:1')).toThrow('container id 10 is used twice')
  })

  test('for one half only', () => {
    expect(said(container, '0:0:5 +u1:9:1')).toBe('0→0, 1→9, 2..4→2 | 0..4→0')
    expect(said(container, '0:0:5 g+1:9:1')).toBe('0..4→0 | 0→0, 1→9, 2..4→2')
  })

  test('the parts of a broken extent keep its place', () => {
    expect(entries(container, '--uidmap 0:0:9 --uidmap +4:4 --gidmap 0:0')).toEqual([
      '1:10 uid 0 0 4',
      '1:10 uid 5 5 4',
      '1:25 uid 4 4 1',
      '1:39 gid 0 0 1',
    ])
  })

  test('a thousand are taken, not one more', () => {
    const many = (count: number) => `--uidmap ${'+0:0,'.repeat(count)}`
    expect(wrong(container, many(1000))).toEqual([])
    expect(wrong(container, many(1001))).toEqual([[1, 5010, '+0:0', "at most 1000 entries with '+'"]])
    expect(wrong(container, many(1001).replaceAll('+', ''))).toEqual([])
  })
})

describe('rootless', () => {
  test('second ids are those of podman’s namespace, and split at its seams', () => {
    expect(entries(container, '--uidmap 0:0:3', rootless)).toEqual([
      '1:10 uid 0 1000 1',
      '1:10 uid 1 100000 2',
      '1:10 gid 0 1000 1',
      '1:10 gid 1 100000 2',
    ])
  })

  test('behind @ they are the host’s', () => {
    expect(said(container, '0:@1000:1,1:@100004:2', rootless)).toBe('0→1000, 1..2→100004 | 0→1000, 1..2→100004')
    expect(said(container, '0:@1000:1,1:@100004:2')).toBe('0→1000, 1..2→100004 | 0→1000, 1..2→100004')
  })

  // pkg/util/utils_test.go, TestParseIDMap: host 1002 is id 20 of the namespace
  test('+ as the first extent has all other ids filled in, from container id 0 on', () => {
    expect(said(container, '+100000:@100009', rootless)).toBe(
      '0→1000, 1..9→100000, 10..65535→100010, 100000→100009 | 0→1000, 1..9→100000, 10..65535→100010, 100000→100009',
    )
    expect(said(container, '+2:0:1', { container: pair([[0, 50, 5]]) })).toBe(
      '0..1→51, 2→50, 3..4→53 | 0..1→51, 2→50, 3..4→53',
    )
  })

  test('+ behind another fills nothing in, and neither does root’s', () => {
    expect(said(container, '0:0:1,+5:1:1', rootless)).toBe('0→1000, 5→100000 | 0→1000, 5→100000')
    expect(said(container, '+5:1:1')).toBe('5→1 | 5→1')
  })

  // podman-run(1), "Rootless mapping of additional host GIDs"
  test('the manual’s way to pass one group on', () => {
    const container2 = pair<'container', 'host'>(
      [[0, 1000, 1]],
      [
        [0, 1000, 1],
        [1, 2000, 1],
        [2, 100000, 3],
      ],
    )
    expect(said(container, '--gidmap=+g100000:@2000', { container: container2 })).toBe(
      '0→1000 | 0→1000, 1..3→100000, 100000→2000',
    )
  })

  test('what was filled in has the place of the extent that asked for it', () => {
    expect(entries(container, '0:0 --gidmap u+1:1', { container: pair([[0, 7, 2]]) })).toEqual([
      '1:14 uid 0 7 1',
      '1:14 uid 1 8 1',
      '1:14 gid 0 7 2',
    ])
  })

  test('ids that the namespace does not have are told once for both halves', () => {
    expect(wrong(container, '0:65530:10', rootless)).toEqual([
      [1, 1, '0:65530:10', 'ids that the namespace has (65537 is not in its map)'],
    ])
    expect(wrong(container, '0:@5:1,1:@6:1', rootless)).toEqual([
      [1, 1, '0:@5:1', 'ids that the namespace has (5 is not in its map)'],
      [1, 8, '1:@6:1', 'ids that the namespace has (6 is not in its map)'],
    ])
  })
})

test.each([
  ['0', 1, 2, '', `a host id ${DIGITS}`],
  ['x0:1:1', 1, 1, 'x0', `a container id ${DIGITS}`],
  ['+u:1:1', 1, 3, '', `a container id ${DIGITS}`],
  ['0:@@1:1', 1, 4, '@1', `a host id ${DIGITS}`],
  ['0:1:-1', 1, 5, '-1', `a count ${DIGITS}`],
  ['0:1:', 1, 5, '', `a count ${DIGITS}`],
  ['0:1:1:2', 1, 8, '', `a host id ${DIGITS}`],
  ['0:1:1:2:3', 1, 10, '', `a count ${DIGITS}`],
  ['--uidmap', 1, 9, '', `a container id ${DIGITS}`],
  ['--uidmap "" --gidmap 0:1', 1, 11, '', `a container id ${DIGITS}`],
  ['podman run --userns=keep-id alpine', 1, 12, '--userns', '--uidmap and --gidmap'],
  ['UserNS=auto', 1, 1, 'UserNS', '--uidmap and --gidmap'],
  ['podman run --uid-map 0:1:1 alpine', 1, 12, '--uid-map', '--uidmap and --gidmap'],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(container, text)).toEqual([[line, column, found, expected]])
})

describe('what is written', () => {
  test('both halves, each with its own option', () => {
    expect(container.format(pair([[0, 100000, 5]]))).toBe('--uidmap 0:100000:5 --gidmap 0:100000:5')
    expect(container.format(pair([]))).toBe('')
  })

  test('one half alone is kept from being copied', () => {
    expect(container.format(pair([[0, 1, 2]], []))).toBe('--uidmap u0:1:2')
    expect(container.format(pair([], [[0, 1, 2]]))).toBe('--gidmap g0:1:2')
  })

  test('for the rootless with the ids of podman’s namespace', () => {
    const map = pair<'container', 'host'>([
      [0, 1000, 1],
      [1, 100000, 5],
    ])
    expect(container.format(map, rootless)).toBe('--uidmap 0:0:6 --gidmap 0:0:6')
  })

  test('what a rootless podman has no ids for, or would fill in, can’t be said', () => {
    expect(inexpressible(() => container.format(pair([[0, 5, 1]]), rootless))).toBe(
      "podman: its ids are those of the namespace it is used in, which has no uid for the host's 5; give the namespace that id",
    )
    expect(inexpressible(() => container.format(pair([[0, 1000, 1]], []), rootless))).toBe(
      'podman: a rootless podman fills a half without a map in; map ids of both halves',
    )
  })

  test('any map inside a namespace is read back', () => {
    fc.assert(
      fc.property(pairs<'container', 'host'>(), pairs<'container', 'host'>(), (namespace, wish) => {
        const context = { container: namespace }
        const inside = mapPair(wish, (map, half) => map.invert().restrict(namespace[half].invert()).invert())
        if ((inside.uid.size === 0) !== (inside.gid.size === 0)) return
        expect(parseMap(container, container.format(inside, context), context)).toEqual(inside)
      }),
    )
  })
})

test.each([
  ['podman run --uidmap=0:0:1', true],
  ["'--gidmap' 0:0:1", true],
  ['[Container]\nUIDMap=0:0:1', true],
  ['0:100000:65536', true],
  ['1005:2005:1', true],
  ['0:5 1:6', true],
  ['+g5:@5', true],
  ['b:0:1:1', false],
  ['--userns-uid-map 0:0:1', false],
  ['0 1 1', false],
])('%j: is it podman’s? %j', (text, is) => {
  expect(podman.recognises(text)).toBe(is)
})

test('without podman’s own namespace it is noted that the ids are read as root’s', () => {
  const notes = (context?: ReadContext) => podman.roles.container.read('podman run --uidmap 0:1:1', context).notes
  expect(notes()).toEqual([{ line: 1, column: 21, sentence: expect.stringMatching(/^read as root’s: .*rootless/) }])
  expect(notes(rootless)).toBeUndefined()
  expect(podman.roles.container.read('').notes).toBeUndefined()
})
