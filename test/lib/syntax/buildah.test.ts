import { describe, expect, test } from 'vitest'
import { buildah } from '../../../lib/syntax/buildah.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const container = buildah.roles.container

describe('what is read', () => {
  test('the container is the first number, the host the second', () => {
    expect(said(container, '--userns-uid-map=1005:2005:1')).toBe('1005→2005 | 1005→2005')
  })

  test.each([
    'buildah bud --userns-uid-map=0:100000:5 --userns-gid-map=0:200000:5 -t image .',
    'buildah bud \\\n  --userns-uid-map "0:100000:5" \\\n  --userns-gid-map 0:200000:2,2:200002:3',
    '--userns-gid-map 0:200000:2 --userns-gid-map 2:200002:3 --userns-uid-map 0:100000:2:2:100002:3',
    '[storage.options]\n# shifted\nremap-uids = "0:100000:5"\nremap-gids = "0:200000:5"\n',
    'remap-uids="0:100000:5"\nremap-gids="0:200000:5"',
  ])('%j', text => {
    expect(said(container, text)).toBe('0..4→100000 | 0..4→200000')
  })

  // What buildah's tests/namespaces.bats expects with just one of the two.
  test('one option alone counts for both halves', () => {
    expect(entries(container, '--userns-uid-map=0:7:5')).toEqual(['1:18 uid 0 7 5', '1:18 gid 0 7 5'])
    expect(entries(container, '--userns-gid-map=0:7:5')).toEqual(['1:18 gid 0 7 5', '1:18 uid 0 7 5'])
    expect(said(container, '0:7:5')).toBe('0..4→7 | 0..4→7')
  })

  test('one setting of storage.conf does not', () => {
    expect(said(container, 'remap-uids = "0:7:5"')).toBe('0..4→7 | (empty)')
    expect(said(container, 'remap-gids = "0:7:5"')).toBe('(empty) | 0..4→7')
  })

  test('for the rootless second ids are those of the namespace', () => {
    const context = {
      container: pair<'container', 'host'>(
        [
          [0, 1000, 1],
          [1, 100000, 10],
        ],
        [[0, 5, 10]],
      ),
    }
    expect(said(container, '0:0:3', context)).toBe('0→1000, 1..2→100000 | 0..2→5')
    expect(wrong(container, '--userns-uid-map 0:9:3 --userns-gid-map 0:9:1', context)).toEqual([
      [1, 18, '0:9:3', 'ids that the namespace has (11 is not in its map)'],
    ])
  })

  test('nothing is an empty map', () => {
    expect(said(container, '')).toBe('(empty) | (empty)')
  })
})

test.each([
  ['0:1', 1, 4, '', `a count ${DIGITS}`],
  ['--userns-uid-map 0:x:1', 1, 20, 'x', `a host id ${DIGITS}`],
  ['--userns-uid-map', 1, 17, '', `a container id ${DIGITS}`],
  ['u0:1:1', 1, 1, 'u0', `a container id ${DIGITS}`],
  ['0:1:1:2:3', 1, 10, '', `a count ${DIGITS}`],
  ['--userns-uid-map-user box', 1, 1, '--userns-uid-map-user', '--userns-uid-map and --userns-gid-map'],
  ['--userns-gid-map-group=box', 1, 1, '--userns-gid-map-group', '--userns-uid-map and --userns-gid-map'],
  ['buildah bud --userns-uidmap 0:1:1', 1, 13, '--userns-uidmap', '--userns-uid-map and --userns-gid-map'],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(container, text)).toEqual([[line, column, found, expected]])
})

describe('what is written', () => {
  test('both halves', () => {
    expect(container.format(pair([[0, 1, 2]], [[0, 3, 4]]))).toBe('--userns-uid-map 0:1:2 --userns-gid-map 0:3:4')
    expect(container.format(pair([]))).toBe('')
  })

  test('with the ids of the namespace it is used in', () => {
    const context = { container: pair<'container', 'host'>([[0, 100, 9]]) }
    expect(container.format(pair([[5, 103, 2]]), context)).toBe('--userns-uid-map 5:3:2 --userns-gid-map 5:3:2')
    expect(inexpressible(() => container.format(pair([[0, 108, 2]]), context))).toBe(
      "buildah: its ids are those of the namespace it is used in, which has no uid for the host's 109; give the namespace that id",
    )
  })

  test('one half alone can’t be said', () => {
    const reason = 'buildah: a map for one half alone counts for both; map ids of both halves'
    expect(inexpressible(() => container.format(pair([[0, 1, 2]], [])))).toBe(reason)
    expect(inexpressible(() => container.format(pair([], [[0, 1, 2]])))).toBe(reason)
  })
})

test.each([
  ['buildah --userns-gid-map 0:1:1', true],
  ['[storage.options]\n  remap-uids = ""', true],
  ['--uidmap 0:1:1', false],
  ['the remap-uids', false],
])('%j: is it buildah’s? %j', (text, is) => {
  expect(buildah.recognises(text)).toBe(is)
})
