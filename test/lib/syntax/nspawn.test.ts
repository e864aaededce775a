import { describe, expect, test } from 'vitest'
import { nspawn } from '../../../lib/syntax/nspawn.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const { container, mount } = nspawn.roles
const VALUE = '--private-users=host-id[:count] or =identity'

describe('a container', () => {
  test('the number is the host’s, for container id 0; users and groups alike', () => {
    expect(said(container, '--private-users=5000:10')).toBe('0..9→5000 | 0..9→5000')
  })

  // systemd-nspawn(1), --private-users=
  test.each([
    'systemd-nspawn -D /var/lib/machines/box --private-users=524288:65536 --private-users-ownership=map -b',
    '--private-users=524288',
    "'--private-users=524288:65536'",
    '[Exec]\nBoot=yes\nPrivateUsers=524288:65536\n\n[Files]\nPrivateUsersOwnership=auto\n',
    '524288:65536',
  ])('%j', text => {
    expect(said(container, text)).toBe('0..65535→524288 | 0..65535→524288')
  })

  test('identity is the first 65536 ids as they are', () => {
    expect(entries(container, '--private-users=identity')).toEqual(['1:17 uid 0 0 65536', '1:17 gid 0 0 65536'])
  })

  test('nothing is an empty map', () => {
    expect(said(container, '')).toBe('(empty) | (empty)')
  })

  test.each([
    ['--private-users=pick', 1, 17, 'pick', VALUE],
    ['--private-users=no', 1, 17, 'no', VALUE],
    ['--private-users', 1, 16, '', VALUE],
    ['systemd-nspawn -U -D /box', 1, 16, '-U', VALUE],
    ['--private-user=5:5', 1, 1, '--private-user=5:5', VALUE],
    ['--private-users=05', 1, 17, '05', `a host id ${DIGITS}`],
    ['--private-users=5:', 1, 19, '', `a count ${DIGITS}`],
    ['--private-users=5:6:7', 1, 21, '7', 'the end of the value'],
    ['--private-users=5 --private-users=6', 1, 35, '6', 'one --private-users'],
    ['5 6', 1, 3, '6', 'one --private-users'],
  ])('%j is refused at its place', (text, line, column, found, expected) => {
    expect(wrong(container, text)).toEqual([[line, column, found, expected]])
  })

  test('an empty range is the map’s problem', () => {
    expect(() => said(container, '5:0')).toThrow(/maps no ids/)
  })

  test('written as base and count', () => {
    expect(container.format(pair([[0, 524288, 65536]]))).toBe('--private-users=524288:65536')
  })

  test.each([
    [pair<'container', 'host'>([])],
    [pair<'container', 'host'>([[1, 5, 1]])],
    [
      pair<'container', 'host'>([
        [0, 5, 1],
        [2, 9, 1],
      ]),
    ],
    [pair<'container', 'host'>([[0, 5, 1]], [[0, 6, 1]])],
  ])('another map can’t be said', map => {
    expect(inexpressible(() => container.format(map))).toBe(
      'nspawn: it takes one range from container id 0 on, the same for users and groups; use such a range, or another runtime',
    )
  })
})

describe('a bind', () => {
  const OWN = pair<'container', 'host'>([[0, 524288, 65536]], [[0, 600000, 5]])
  const context = { container: OWN }

  test.each([
    '--bind=/srv/data:/data:idmap',
    '--bind /srv/data:/data:norbind,idmap',
    '--bind-ro=/srv/data:/data:noidmap,idmap',
    '[Files]\nBind=/srv/data:/data:idmap\nBind=/etc/hosts',
    'BindReadOnly=+/srv/data:/data:idmap,rbind',
    '--bind=:/data:idmap',
    '/srv/data:/data:idmap',
    'idmap',
  ])('%j: disk id n is container id n', text => {
    expect(said(mount, text, context)).toBe('0..65535→524288 | 0..4→600000')
  })

  test('entries have the place of the bind', () => {
    expect(entries(mount, ' --bind=/a:/b:idmap', context)).toEqual(['1:9 uid 0 524288 65536', '1:9 gid 0 600000 5'])
  })

  test('several are told apart by their target', () => {
    const two = '--bind=/a:/b:idmap --bind=/c --bind=/d:/e\\:f:rootidmap'
    expect(nspawn.targets(two)).toEqual(['/b', '/e:f'])
    expect(said(mount, two, { ...context, target: '/b' })).toBe('0..65535→524288 | 0..4→600000')
    expect(wrong(mount, two, { ...context, target: '/e:f' })).toEqual([
      [1, 37, '/d:/e\\:f:rootidmap', 'idmap (the owner that rootidmap maps is not in the text)'],
    ])
    expect(wrong(mount, two, context)).toEqual([
      [1, 37, '/b, /e:f', 'one mount with a map; give the target of the one that is meant'],
    ])
  })

  test.each([
    ['', 1, 1, '', '--bind=/SOURCE:/TARGET:idmap'],
    ['--bind=/a:/b', 1, 8, '/a:/b', 'idmap (without it a bind is no idmapped mount)'],
    ['--bind=/a:/b:noidmap', 1, 8, '/a:/b:noidmap', 'idmap (without it a bind is no idmapped mount)'],
    ['--bind=/a:/b:owneridmap', 1, 8, '/a:/b:owneridmap', 'idmap (the owner that owneridmap maps is not in the text)'],
    ['--binds=/a:/b:idmap', 1, 1, '--binds=/a:/b:idmap', 'idmap (without it a bind is no idmapped mount)'],
  ])('%j is refused at its place', (text, line, column, found, expected) => {
    expect(wrong(mount, text, context)).toEqual([[line, column, found, expected]])
  })

  test('the container’s map has to be given', () => {
    expect(wrong(mount, '--bind=/a:/b:idmap')).toEqual([
      [1, 8, '/a:/b:idmap', 'the map of the container, which idmap takes and is not given'],
    ])
  })

  test('written when the map is the container’s own', () => {
    const map = pair<'disk', 'host'>([[0, 524288, 65536]], [[0, 600000, 5]])
    expect(mount.format(map, context)).toBe('--bind=/SOURCE:/TARGET:idmap')
    expect(mount.format(map, { ...context, target: '/a:b' })).toBe('--bind=/SOURCE:/a\\:b:idmap')
    const reason =
      'nspawn: a bind takes the container’s own map and no other; give that map, or make the mount outside and bind it'
    expect(inexpressible(() => mount.format(map))).toBe(reason)
    expect(inexpressible(() => mount.format(pair([[0, 524288, 65536]]), context))).toBe(reason)
    expect(inexpressible(() => mount.format(pair([]), { container: pair([]) }))).toBe(reason)
  })
})

test.each([
  ['--private-users=pick', true],
  ['[Exec]\nPrivateUsers=5', true],
  ['--bind=/a', true],
  ['--bind-ro=/a', true],
  ['[Files]\n Bind=/a', true],
  ['BindReadOnly=/a', true],
  ['mount --bind /a /b', false],
  ['524288:65536', false],
])('%j: is it nspawn’s? %j', (text, is) => {
  expect(nspawn.recognises(text)).toBe(is)
})
