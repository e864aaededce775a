import { describe, expect, test } from 'vitest'
import { checkTogether, type HostIds } from '../../../lib/check/together.ts'
import { readAccounts } from '../../../lib/syntax/accounts.ts'
import { parseSubids } from '../../../lib/syntax/subid.ts'
import { container, subject } from './subject.ts'

const root: HostIds = { owner: 'root', ownerUid: 0 }
const subuid = (text: string) => ({ uid: { name: '/etc/subuid', lines: parseSubids(text) } })

describe('several containers', () => {
  test('with ranges of their own have nothing to be told, also when the ranges touch', () => {
    const both = [container('b 0 100000 65536'), container('b 0 165536 65536', 'b.conf')]
    expect(checkTogether(both, root)).toEqual([])
  })

  test('that share one host id are told which, at the lines that map it', () => {
    const findings = checkTogether(
      [container('b 0 100000 65536'), container('u 0 200000 10\nu 10 165535 1', 'b.conf')],
      root,
    )
    expect(findings).toEqual([
      expect.objectContaining({
        rule: 'SHARED_HOST_IDS',
        severity: 'error',
        where: [
          { name: 'b.conf', line: 2, column: 1 },
          { name: 'a.conf', line: 1, column: 1 },
        ],
        message: expect.stringMatching(/^host uids 165535 belong to a\.conf as well/),
      }),
    ])
  })

  test('that all share one range get one finding each and half, not one for every two of them', () => {
    const eight = Array.from({ length: 8 }, (_, index) => container('b 0 100000 65536', `${index}.conf`))
    const findings = checkTogether(eight, root)
    expect(findings).toHaveLength(7 * 2)
    expect(findings.at(-1)?.message).toContain('belong to 0.conf, 1.conf, 2.conf, 3.conf, 4.conf, 2 more as well')
  })

  test('that are no maps by themselves, and mounts, are left out', () => {
    const mount = subject('mount', 'util-linux', 'X-mount.idmap=b:0:100000:65536')
    expect(checkTogether([container('b 0 100000 65536'), container('b 0 100000 0', 'b.conf'), mount], root)).toEqual([])
  })
})

describe('what the host has delegated', () => {
  const held = (map: string, text: string, host: Partial<HostIds> = {}) =>
    checkTogether([container(map)], { ...root, delegated: subuid(text), ...host }).map(({ message, fix }) => [
      message,
      fix,
    ])

  test('may span adjacent lines', () => {
    expect(held('u 0 100000 65536', 'root:100000:30000\nroot:130000:35536')).toEqual([])
  })

  test('must cover the whole range, and root is not exempt', () => {
    expect(held('u 0 100000 65536\nu 70000 1005 1', 'root:100000:65535')).toEqual([
      [
        '/etc/subuid does not give host uids 165535 to root: newuidmap refuses the map, and root is not exempt',
        'add to /etc/subuid: root:165535:1',
      ],
      [
        '/etc/subuid does not give host uids 1005 to root: newuidmap refuses the map, and root is not exempt',
        'add to /etc/subuid: root:1005:1',
      ],
    ])
  })

  test("of others does not count, but a line that names the owner's uid does", () => {
    expect(held('u 0 100000 10', 'alice:100000:10')).toHaveLength(1)
    expect(held('u 0 100000 10', '0:100000:10')).toEqual([])
    expect(held('u 0 100000 10', '1000:100000:10', { owner: 'alice', ownerUid: 1000 })).toEqual([])
  })

  test('need not have the own uid, when it is mapped alone', () => {
    const alice = { owner: 'alice', ownerUid: 1000 }
    expect(held('u 0 1000 1', '', alice)).toEqual([])
    expect(held('u 0 1000 2', '', alice)).toHaveLength(1)
  })

  test('is held against groups in the file of groups', () => {
    const delegated = { gid: { name: '/etc/subgid', lines: parseSubids('root:5:1') } }
    expect(checkTogether([container('b 0 5 2')], { ...root, delegated })).toEqual([
      expect.objectContaining({
        rule: 'NOT_DELEGATED',
        message: '/etc/subgid does not give host gids 6 to root: newgidmap refuses the map, and root is not exempt',
      }),
    ])
  })
})

test('a user of the host who is also one of the container is named', () => {
  const uid = readAccounts('root:x:0:0::/root:/bin/sh\nalice:x:1005:1005::/home/alice:/bin/sh\n+::::::\n')
  expect(checkTogether([container('u 0 100000 1005\nu 1005 1005 1')], { ...root, accounts: { uid } })).toEqual([
    {
      rule: 'HOST_USER',
      severity: 'error',
      where: [{ name: 'a.conf', line: 2, column: 1 }],
      message: 'host users are ids of the container: 1005 (alice, container 1005)',
      fix: expect.stringContaining('--allow HOST_USER'),
    },
  ])
})
