import { describe, expect, test } from 'vitest'
import { unshare } from '../../../lib/syntax/unshare.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const container = unshare.roles.container
const OPTIONS = '--map-users container-id:host-id:count or --map-groups container-id:host-id:count'

describe('what is read', () => {
  test('between colons the container is first, between commas the host', () => {
    expect(said(container, '--map-users 1005:2005:1')).toBe('1005→2005 | (empty)')
    expect(said(container, '--map-users 1005,2005,1')).toBe('2005→1005 | (empty)')
  })

  test.each([
    'unshare --user --map-users=0:100000:5 --map-groups=0:200000:5 --setuid 0 sh -c "id -u"',
    'sudo /usr/bin/unshare -U --map-groups "0:200000:5" --map-users 0:100000:5 --root /mnt -- ls --map-users=9:9:9',
    '--map-users 100000,0,5 --map-groups 200000,0,5',
    'unshare --fork -S 0 --map-users 0:100000:2 --map-users 2:100002:3 --map-groups 0:200000:5 bash -c ls',
  ])('%j', text => {
    expect(said(container, text)).toBe('0..4→100000 | 0..4→200000')
  })

  test('entries have the place of their value', () => {
    expect(entries(container, '--map-users=1:2:3 \\\n --map-groups 4,5,6')).toEqual([
      '1:13 uid 1 2 3',
      '2:15 gid 5 4 6',
    ])
  })

  test('in a namespace outer ids are its own, and all of them can be passed on', () => {
    const context = {
      container: pair<'container', 'host'>(
        [
          [0, 1000, 1],
          [1, 100000, 9],
        ],
        [[5, 500, 2]],
      ),
    }
    expect(said(container, '--map-users 7:0:2 --map-groups 0:5:1', context)).toBe('7→1000, 8→100000 | 0→500')
    expect(entries(container, '--map-users all --map-groups=all', context)).toEqual([
      '1:13 uid 0 1000 1',
      '1:13 uid 1 100000 9',
      '1:30 gid 5 500 2',
    ])
    expect(wrong(container, '--map-users 0,7,20', context)).toEqual([
      [1, 13, '0,7,20', 'ids that the namespace has (10 is not in its map)'],
    ])
  })

  test('nothing is an empty map', () => {
    expect(said(container, '')).toBe('(empty) | (empty)')
  })
})

const WORD = 'container-id:host-id:count (what a word stands for depends on who runs unshare)'

test.each([
  ['0:1:1', 1, 1, '0:1:1', OPTIONS],
  ['unshare -m sh', 1, 1, 'unshare', OPTIONS],
  ['--map-users 0:1', 1, 16, '', `a count ${DIGITS}`],
  ['--map-users 0,1', 1, 16, '', `a count ${DIGITS}`],
  ['--map-users 0,x,1', 1, 15, 'x', `a container id ${DIGITS}`],
  ['--map-users x,0,1', 1, 13, 'x', `a host id ${DIGITS}`],
  ['--map-users 0:1:1:1', 1, 19, '1', 'the end of the entry'],
  ['--map-groups auto', 1, 14, 'auto', WORD],
  ['--map-groups subids', 1, 14, 'subids', WORD],
  ['--map-users all', 1, 13, 'all', WORD],
  ['--map-users', 1, 12, '', `a container id ${DIGITS}`],
  ['--map-auto --map-users 0:1:1', 1, 1, '--map-auto', OPTIONS],
  ['--map-user=5 --map-groups 0:1:1', 1, 1, '--map-user', OPTIONS],
  ['--map-group 5', 1, 1, '--map-group', OPTIONS],
  ['unshare -Ur --map-users 0:1:1 sh', 1, 9, '-Ur', OPTIONS],
  ['unshare --map-root-user sh', 1, 9, '--map-root-user', OPTIONS],
  ['unshare --map-usres 0:1:1', 1, 9, '--map-usres', OPTIONS],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(container, text)).toEqual([[line, column, found, expected]])
})

describe('what is written', () => {
  test('the order of today', () => {
    expect(container.format(pair([[0, 1, 2]], [[3, 4, 5]]))).toBe('--map-users 0:1:2 --map-groups 3:4:5')
    expect(container.format(pair([[0, 1, 2]], []))).toBe('--map-users 0:1:2')
    expect(container.format(pair([]))).toBe('')
  })

  test('with the ids of the namespace it runs in', () => {
    const context = { container: pair<'container', 'host'>([[0, 100, 9]]) }
    expect(container.format(pair([[5, 103, 2]]), context)).toBe('--map-users 5:3:2 --map-groups 5:3:2')
    expect(inexpressible(() => container.format(pair([], [[0, 99, 1]]), context))).toMatch(/no gid for the host's 99;/)
  })
})

test.each([
  ['unshare --map-users 0:1:1', true],
  ['--map-auto', true],
  ["'--map-groups=0:1:1'", true],
  ['mount --map-users 0:1:1 /a /b', false],
  ['unshare -r', false],
])('%j: is it unshare’s? %j', (text, is) => {
  expect(unshare.recognises(text)).toBe(is)
})
