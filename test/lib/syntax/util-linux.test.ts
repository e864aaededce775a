import { describe, expect, test } from 'vitest'
import { utilLinux } from '../../../lib/syntax/util-linux.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const mount = utilLinux.roles.mount
const FORM = '[b:|u:|g:]disk-id:host-id:count'

const FSTAB = `# /etc/fstab: X-mount.idmap=b:0:9:9
UUID=1234 / ext4 errors=remount-ro 0 1

/srv/data\t/data none bind,X-mount.idmap=u:1000:0:1\\040g:1001:1:2,nofail 0 0
/srv/more /more none X-mount.idmap=5000:1000:2 0 0 # X-mount.idmap
tmpfs /tmp tmpfs mode=1777 0 0
`

describe('what is read', () => {
  test('the disk is the first number, the host the second', () => {
    expect(said(mount, 'X-mount.idmap=u:1005:2005:1')).toBe('1005→2005 | (empty)')
  })

  // mount(8), X-mount.idmap; util-linux#4613 for the direction
  test.each([
    'X-mount.idmap=u:1000:0:1 g:1001:1:2 5000:1000:2',
    'u:1000:0:1 g:1001:1:2 b:5000:1000:2',
    'u:1000:0:1\\040g:1001:1:2\\0405000:1000:2',
    'u:1000:0:1;g:1001:1:2;\n5000:1000:2',
    "mount --bind -o 'ro,X-mount.idmap=u:1000:0:1 g:1001:1:2 5000:1000:2,nosuid' /a /b",
    'mount -o X-mount.idmap="u:1000:0:1 g:1001:1:2 5000:1000:2" /a /b',
    'mount -o X-mount.idmap=u:1000:0:1 g:1001:1:2 5000:1000:2,nosuid /a /b',
    '/a /b none bind,X-mount.idmap=u:1000:0:1\\040g:1001:1:2\\0405000:1000:2 0 0',
    'mount --map-users 1000:0:1 --map-users=5000:1000:2 --map-groups 1001:1:2 --map-groups 5000:1000:2 /a /b',
  ])('the example of the manual: %j', text => {
    expect(said(mount, text)).toBe('1000→0, 5000..5001→1000 | 1001..1002→1, 5000..5001→1000')
  })

  test('entries have their place', () => {
    expect(entries(mount, '/a /b none X-mount.idmap=u:1:2:3\\0404:5:6 0 0')).toEqual([
      '1:26 uid 1 2 3',
      '1:37 uid 4 5 6',
      '1:37 gid 4 5 6',
    ])
    expect(entries(mount, "\n-o 'a,X-mount.idmap=g:1:2:3  g:4:5:6' /a:b")).toEqual(['2:21 gid 1 2 3', '2:30 gid 4 5 6'])
    expect(entries(mount, "-o 'X-mount.idmap=g:1:2:3' 4:5:6")).toEqual(['1:19 gid 1 2 3'])
    expect(entries(mount, 'mount --map-users=1:2:3')).toEqual(['1:19 uid 1 2 3'])
  })

  test('nothing is an empty map', () => {
    expect(said(mount, '')).toBe('(empty) | (empty)')
  })
})

describe('a whole fstab', () => {
  test('the target chooses; comments and other mounts are nobody’s', () => {
    expect(said(mount, FSTAB, { target: '/data' })).toBe('1000→0 | 1001..1002→1')
    expect(said(mount, FSTAB, { target: '/more' })).toBe('5000..5001→1000 | 5000..5001→1000')
    expect(utilLinux.targets(FSTAB)).toEqual(['/data', '/more'])
  })

  test('without a target they are told', () => {
    expect(wrong(mount, FSTAB)).toEqual([
      [5, 36, '/data, /more', 'one mount with a map; give the target of the one that is meant'],
    ])
    expect(wrong(mount, FSTAB, { target: '/' })).toEqual([[4, 41, '/data, /more', 'a mount with a map at /']])
  })

  test('a new map changes the one value, and an equal one nothing', () => {
    expect(mount.rewrite?.(FSTAB, pair([[1000, 0, 1]], [[1001, 1, 2]]), { target: '/data' })).toBe(FSTAB)
    expect(mount.rewrite?.(FSTAB, pair([[7, 8, 9]]), { target: '/data' })).toBe(
      FSTAB.replace('u:1000:0:1\\040g:1001:1:2', 'b:7:8:9'),
    )
    expect(mount.rewrite?.(FSTAB, pair([[1, 2, 3]], [[4, 5, 6]]), { target: '/more' })).toBe(
      FSTAB.replace('5000:1000:2', 'u:1:2:3\\040g:4:5:6'),
    )
  })
})

describe('a command line gets another map', () => {
  const MAP = pair<'disk', 'host'>([[1, 2, 3]], [[4, 5, 6]])
  test.each([
    ['mount -o X-mount.idmap=b:0:1:1,ro /a /b', 'mount -o X-mount.idmap="u:1:2:3 g:4:5:6",ro /a /b'],
    ["mount -o 'X-mount.idmap=b:0:1:1,ro' /a /b", "mount -o 'X-mount.idmap=u:1:2:3 g:4:5:6,ro' /a /b"],
    ['X-mount.idmap=b:0:1:1 u:5:5:1', 'X-mount.idmap=u:1:2:3 g:4:5:6'],
  ])('%s', (text, changed) => {
    expect(mount.rewrite?.(text, MAP)).toBe(changed)
    expect(said(mount, changed)).toBe('1..3→2 | 4..9→5')
  })

  test('one entry needs no quotes', () => {
    expect(mount.rewrite?.('-o X-mount.idmap=b:0:1:1', pair([[1, 2, 3]]))).toBe('-o X-mount.idmap=b:1:2:3')
  })

  test('a text without the option is none to write to', () => {
    expect(() => mount.rewrite?.('b:0:1:1', MAP)).toThrow("expected a mount with X-mount.idmap=, found 'b:0:1:1'")
    expect(() => mount.rewrite?.('X-mount.idmap=x', MAP)).toThrow('line 1, column 15')
  })
})

test.each([
  ['X-mount.idmap=/proc/5/ns/user', 1, 15, '/proc/5/ns/user', `${FORM} (the map of a namespace is not in its path)`],
  ['--map-users /proc/5/ns/user', 1, 13, '/proc/5/ns/user', `${FORM} (the map of a namespace is not in its path)`],
  ['x:0:1:1', 1, 1, 'x', FORM],
  [':0:1:1', 1, 1, '', FORM],
  ['X-mount.idmap=b:0:1:1 gg:0:1:1', 1, 23, 'gg', FORM],
  ['0:1', 1, 4, '', `a count ${DIGITS}`],
  ['u:0:1', 1, 6, '', `a count ${DIGITS}`],
  ['0:1:1:1', 1, 7, '1', 'the end of the entry'],
  ['u:0:1:1x', 1, 7, '1x', `a count ${DIGITS}`],
  ['u:-1:1:1', 1, 3, '-1', `a disk id ${DIGITS}`],
  ['g:1:+1:1', 1, 5, '+1', `a host id ${DIGITS}`],
  ['--map-users u:0:1:1', 1, 13, 'u', `a disk id ${DIGITS}`],
  ['mount --map-usesr 0:1:1', 1, 7, '--map-usesr', 'X-mount.idmap=… or --map-users and --map-groups'],
  ['x-mount.idmap=b:0:1:1', 1, 1, 'x-mount.idmap=b:0:1:1', 'X-mount.idmap=… or --map-users and --map-groups'],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(mount, text)).toEqual([[line, column, found, expected]])
})

test('written as the option', () => {
  expect(
    mount.format(
      pair(
        [[0, 1, 2]],
        [
          [0, 1, 2],
          [5, 6, 7],
        ],
      ),
    ),
  ).toBe('X-mount.idmap=b:0:1:2 g:5:6:7')
  expect(mount.format(pair([], [[5, 6, 7]]))).toBe('X-mount.idmap=g:5:6:7')
  expect(inexpressible(() => mount.format(pair([])))).toBe(
    'util-linux: it is empty; leave X-mount.idmap= out of the options of a mount without a map',
  )
})

test.each([
  [FSTAB, true],
  ['mount --map-groups 0:1:1', true],
  ['b:0:1:1', true],
  ['\t0:1:1\\040u:0:1:1', true],
  ['both:0:1:1', false],
  ['u 0 1 1', false],
  ['idmap=u:0:1:1', false],
  ['0:1', false],
])('%j: is it util-linux’s? %j', (text, is) => {
  expect(utilLinux.recognises(text)).toBe(is)
})
