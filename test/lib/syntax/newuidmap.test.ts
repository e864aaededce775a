import { describe, expect, test } from 'vitest'
import { newuidmap } from '../../../lib/syntax/newuidmap.ts'
import { formatContainerMap, parseContainerMap } from '../../../lib/syntax/registry.ts'
import { refusal } from './refusal.ts'

const { read } = newuidmap.roles.container

describe('what is read', () => {
  test.each([
    ['newuidmap 4711 0 1000 1 1 100000 65536\nnewgidmap 4711 0 1000 1\n', '0→1000, 1..65536→100000', '0→1000'],
    ['newuidmap fd:3 0 100000 65536; newgidmap fd:3 0 100000 65536', '0..65535→100000', '0..65535→100000'],
    [`/usr/bin/newuidmap "$pid" 0 1 2 && newgidmap \${pid} 5 6 7`, '0..1→1', '5..11→6'],
    ['newuidmap PID 0 1 2 # uids\n# newgidmap PID 5 6 7', '0..1→1', '(empty)'],
    ['newuidmap <pid> 0 1 2 | newgidmap $$ 5 6 7 & newgidmap pid 15 16 17', '0..1→1', '5..11→6, 15..31→16'],
    // https://github.com/podman-container-tools/podman/issues/7106
    ['$ newuidmap $! 0 100000 65536', '0..65535→100000', '(empty)'],
    // https://github.com/shadow-maint/shadow/issues/424
    ['newuidmap 42 [0 1000 1 1 100000 65536] failed:', '0→1000, 1..65536→100000', '(empty)'],
    // https://github.com/lxc/lxc/issues/2368
    [
      'TRACE    lxc_conf - conf.c:lxc_map_ids:2889 - newuidmap wrote mapping "newuidmap 27818 0 100000 65536 65536 1000 1"',
      '0..65535→100000, 65536→1000',
      '(empty)',
    ],
  ])('%j', (text, uids, gids) => {
    expect(read(text.replace(' # uids', '')).faults).toEqual([])
    const { uid, gid } = parseContainerMap('newuidmap', text.replace(' # uids', ''))
    expect(`${uid} | ${gid}`).toBe(`${uids} | ${gids}`)
    expect(newuidmap.recognises(text)).toBe(true)
  })

  test('the ranges of zabbly/incus#55, which the kernel refuses, are an overlap of the map', () => {
    const log =
      'idmap_utils.c:lxc_map_ids:245 - newuidmap failed to write mapping "newuidmap: write to uid_map failed: Invalid argument": newuidmap 5083 0 1000000 1000000000 0 1001000000 1000000000'
    expect(() => parseContainerMap('newuidmap', log)).toThrow(/^uid: container ids 0\.\.999999999 are used twice/)
  })

  test('so is the own uid inside the range of subordinate ones, of lima#3435', () => {
    const log = 'failed to setup UID/GID map: newuidmap 3326 [0 222586300 1 1 524288 1073741824] failed: newuidmap: …'
    expect(() => parseContainerMap('newuidmap', log)).toThrow(/^uid: host id 222586300 is used twice/)
  })

  test('the container is the first number', () => {
    expect(parseContainerMap('newuidmap', 'newuidmap 1 1005 2005 1').uid.lookup(1005)).toBe(2005)
    expect(parseContainerMap('newuidmap', 'newgidmap 1 1005 2005 1').gid.lookup(1005)).toBe(2005)
  })

  test('nothing is no map', () => {
    expect(read(' \n# newuidmap 1 2 3 4\n')).toEqual({ entries: [], faults: [] })
  })

  test('every entry tells where it stands', () => {
    const { entries } = read('newuidmap 1 0 1 2 5 6 7\n  newgidmap 1  8 9 10')
    expect(entries).toEqual([
      { half: 'uid', extent: { from: 0, to: 1, count: 2 }, line: 1, column: 13 },
      { half: 'uid', extent: { from: 5, to: 6, count: 7 }, line: 1, column: 19 },
      { half: 'gid', extent: { from: 8, to: 9, count: 10 }, line: 2, column: 16 },
    ])
  })
})

const NUMBER = '(decimal digits, no sign, no leading zero)'
const COMMAND = "'newuidmap PID' or 'newgidmap PID' and its ranges"

test.each([
  ['newuidmap 1', 1, 12, '', `a container id ${NUMBER}`],
  ['newuidmap 1 0', 1, 14, '', `a host id ${NUMBER}`],
  ['newuidmap 1 0 1', 1, 16, '', `a count ${NUMBER}`],
  ['newuidmap 1 0 1 2 3', 1, 20, '', `a host id ${NUMBER}`],
  ['newuidmap 1 0 1 2 5 -6 7', 1, 21, '-6', `a host id ${NUMBER}`],
  ['newuidmap 1 0 1 2 && newgidmap 1 x 1 2', 1, 34, 'x', `a container id ${NUMBER}`],
  ['newuidmap 1 [] failed', 1, 14, '', `a container id ${NUMBER}`],
  ['newuidmap 1 0 1 2 # uids', 1, 19, '#', `a container id ${NUMBER}`],
  ['newuidmap', 1, 1, 'newuidmap', COMMAND],
  [' 1 0 1 2', 1, 2, '1', COMMAND],
  ['newuidmap fd: 0 1 2', 1, 1, 'newuidmap', COMMAND],
  ['newuidmap 1x 0 1 2', 1, 1, 'newuidmap', COMMAND],
  ['newpidmap 1 0 1 2', 1, 1, 'newpidmap', COMMAND],
])('%j is refused at its place', (text, line, column, found, expected) => {
  const error = refusal(() => parseContainerMap('newuidmap', text))
  expect(error).toMatchObject({ dialect: 'newuidmap', line, column, found, expected })
})

describe('what is written', () => {
  const written = (text: string) => formatContainerMap('newuidmap', parseContainerMap('newuidmap', text))

  test('is a command a half, for PID', () => {
    expect(written('newgidmap 1 0 1 2; newuidmap 1 9 8 7 0 1 2')).toBe(
      'newuidmap PID 0 1 2 9 8 7\nnewgidmap PID 0 1 2\n',
    )
  })

  test('has no command for an empty half, which newuidmap refuses', () => {
    expect(written('newgidmap 1 0 1 2')).toBe('newgidmap PID 0 1 2\n')
    expect(written('newuidmap 1 0 1 2')).toBe('newuidmap PID 0 1 2\n')
    expect(written('')).toBe('')
  })
})

test.each(['newuidmap', 'newuidmap: write to uid_map failed', '0 1 2'])('%j is not taken for one', text => {
  expect(newuidmap.recognises(text)).toBe(false)
})
