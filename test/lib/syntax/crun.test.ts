import { describe, expect, test } from 'vitest'
import { crun } from '../../../lib/syntax/crun.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const mount = crun.roles.mount
const FORM = 'uids=disk-id-host-id-count#…;gids=…'

describe('what is read', () => {
  test('the disk is the first number, the host the second', () => {
    expect(said(mount, 'idmap=uids=1005-2005-1;gids=7-8-1')).toBe('1005→2005 | 7→8')
  })

  // https://github.com/containers/crun/blob/main/crun.1.md, https://docs.podman.io/en/stable/markdown/podman-run.1.html
  test('the example of crun’s and podman’s manuals', () => {
    expect(entries(mount, 'idmap=uids=0-1-10#10-11-10;gids=0-100-10')).toEqual([
      '1:12 uid 0 1 10',
      '1:19 uid 10 11 10',
      '1:33 gid 0 100 10',
    ])
  })

  test.each([
    'uids=0-1-10;gids=0-3-10',
    'gids=0-3-10;uids=0-1-10',
    'uids=0-1-10\ngids=0-3-10',
    'ridmap=uids=0-1-10;gids=0-3-10',
    'bind,idmap=uids=0-1-10;gids=0-3-10,ro',
    "podman run --mount 'type=bind,src=/a,dst=/b,idmap=uids=0-1-10;gids=0-3-10,ro' alpine",
    'podman run -v "/a:/b:idmap=uids=0-1-10;gids=0-3-10" alpine',
    '"options": ["bind","idmap=uids=0-1-10;gids=0-3-10","ro"]',
    '# idmap=uids=1-1-1\n  idmap=uids=0-1-10;gids=0-3-10',
  ])('%j', text => {
    expect(said(mount, text)).toBe('0..9→1 | 0..9→3')
  })

  test('a half that is not there is empty', () => {
    expect(said(mount, 'uids=0-1-10')).toBe('0..9→1 | (empty)')
  })
})

describe('ids of the container', () => {
  // crun.1.md, "idmap mount options"
  const MANUAL = pair<'container', 'host'>([
    [0, 0, 1],
    [1, 2, 1000],
  ])
  // podman, libpod/container_internal_test.go, TestParseOptionIDs
  const PODMAN = pair<'container', 'host'>([[0, 1, 10_000]])

  test('behind @ the second id is looked up in the container’s map', () => {
    expect(said(mount, 'uids=@1-3-10;gids=1-3-10', { container: MANUAL })).toBe('1..10→4 | 1..10→3')
    expect(said(mount, 'uids=@100-200-2#@300-400-5', { container: PODMAN })).toBe(
      '100..101→201, 300..304→401 | (empty)',
    )
  })

  test('an extent over a seam of that map is split, where crun and podman go on counting', () => {
    expect(entries(mount, 'uids=@500-0-3', { container: MANUAL })).toEqual(['1:6 uid 500 0 1', '1:6 uid 501 2 2'])
  })

  test('each half has its own', () => {
    const container = pair<'container', 'host'>([[0, 100, 5]], [[0, 200, 5]])
    expect(said(mount, 'uids=@7-1-1;gids=@7-1-1', { container })).toBe('7→101 | 7→201')
  })

  test('ids the container does not have, or a container that is not known, are faults', () => {
    expect(wrong(mount, 'uids=@9999-9999-2', { container: PODMAN })).toEqual([
      [1, 6, '@9999-9999-2', 'ids that the namespace has (10000 is not in its map)'],
    ])
    expect(wrong(mount, 'uids=0-0-1;gids=@1-1-1')).toEqual([
      [1, 17, '@1-1-1', "no '@': the map of the container it refers to is not given"],
    ])
    expect(wrong(mount, 'uids=@1-x-1', { container: PODMAN })).toEqual([[1, 9, 'x', `a container id ${DIGITS}`]])
  })

  test('idmap alone is the container’s own map', () => {
    const container = pair<'container', 'host'>([[0, 100, 5]], [[0, 200, 5]])
    expect(said(mount, 'idmap', { container })).toBe('0..4→100 | 0..4→200')
    expect(entries(mount, '-v /a:/b:ro,ridmap', { container })[1]).toBe('1:13 gid 0 200 5')
    expect(wrong(mount, 'bind,idmap')).toEqual([
      [1, 6, 'idmap', `${FORM} (alone it is the map of the container, which is not given)`],
    ])
  })
})

describe('several mounts', () => {
  const TWO =
    "--mount 'type=bind,src=/a,destination=/b,idmap=uids=0-1-1' -v '/c:/d:idmap=uids=0-2-1' -v /e:/f -v '/g:/d:idmap=uids=0-3-1'"

  test('the target chooses, the last on top', () => {
    expect(said(mount, TWO, { target: '/b' })).toBe('0→1 | (empty)')
    expect(said(mount, TWO, { target: '/d' })).toBe('0→3 | (empty)')
    expect(crun.targets(TWO)).toEqual(['/b', '/d'])
  })

  test('without one, or with one that is not there, the targets are told', () => {
    expect(wrong(mount, TWO)).toEqual([
      [1, 70, '/b, /d, /d', 'one mount with a map; give the target of the one that is meant'],
    ])
    expect(wrong(mount, TWO, { target: '/f' })).toEqual([[1, 42, '/b, /d, /d', 'a mount with a map at /f']])
  })

  test('a target is of no interest where the text names none', () => {
    expect(said(mount, 'idmap=uids=0-1-1', { target: '/x' })).toBe('0→1 | (empty)')
    expect(crun.targets('idmap=uids=0-1-1')).toEqual([])
  })
})

test.each([
  ['', 1, 1, '', FORM],
  ['u:0:1:1', 1, 1, 'u:0:1:1', FORM],
  ['idmap=users=0-1-1', 1, 7, 'users=0-1-1', "'uids=' or 'gids='"],
  ['uids=0-1-1;', 1, 12, '', "'uids=' or 'gids='"],
  ['uids=0-1-1;gids=1-1-1;uids=2-2-2', 1, 23, 'uids=2-2-2', "one 'uids='"],
  ['idmap=', 1, 7, '', "'uids=' or 'gids='"],
  ['uids=', 1, 6, '', `a disk id ${DIGITS}`],
  ['uids=0-1-1##1-2-3', 1, 12, '', `a disk id ${DIGITS}`],
  ['uids=0-1', 1, 9, '', `a count ${DIGITS}`],
  ['uids=0-1-2-3', 1, 12, '3', 'the end of the entry'],
  ['uids=0--1-2', 1, 8, '', `a host id ${DIGITS}`],
  ['uids=0-1-2x', 1, 10, '2x', `a count ${DIGITS}`],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(mount, text)).toEqual([[line, column, found, expected]])
})

test('every wrong part is told', () => {
  expect(wrong(mount, 'uids=x-1-1#0-1-1#y-1-1;z').map(([, column]) => column)).toEqual([24, 6, 18])
})

test('written as one option', () => {
  expect(
    mount.format(
      pair(
        [
          [0, 1, 10],
          [10, 12, 5],
        ],
        [[0, 100, 10]],
      ),
    ),
  ).toBe('idmap=uids=0-1-10#10-12-5;gids=0-100-10')
})

test.each([
  [pair<'disk', 'host'>([])],
  [pair<'disk', 'host'>([[0, 1, 1]], [])],
  [pair<'disk', 'host'>([], [[0, 1, 1]])],
])('a map without one of its halves can’t be said', map => {
  expect(inexpressible(() => mount.format(map))).toBe(
    'crun: a half that is not there is empty in crun and the container’s own in podman; map at least one uid and one gid',
  )
})

test.each([
  ['uids=0-1-1', true],
  ['idmap=gids=@0-1-1', true],
  ['-v /a:/b:idmap', true],
  ['idmap=u:0:1:1', false],
  ['mp0: /a,mp=/b,idmap=u:0:1:1', false],
  ['X-mount.idmap=u:0:1:1', false],
])('%j: is it crun’s? %j', (text, is) => {
  expect(crun.recognises(text)).toBe(is)
})
