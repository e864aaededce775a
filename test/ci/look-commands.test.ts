import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { jsonInspection } from '../../ci/inspect-json.ts'
import { renderPathInspection } from '../../ci/inspect-path-table.ts'
import { renderProcessInspection } from '../../ci/inspect-process-table.ts'
import { probeDocument, renderProbe } from '../../ci/probe.ts'
import type { PathInspection } from '../../lib/kernel/inspect/inspect.ts'
import type { ProcessInspection } from '../../lib/kernel/inspect/process.ts'
import { type Answer, no, unknown, yes } from '../../lib/kernel/probe/answer.ts'
import { type FeatureName, features, type ProbeReport } from '../../lib/kernel/probe/probe.ts'
import { both } from '../lib/kernel/checks/stage.ts'

const host = { name: 'user:[1]', initial: true, owner: undefined, map: both<'container', 'host'>([0, 0, 4294967295]) }
const box = { name: 'user:[2]', initial: false, owner: 1000, map: both<'container', 'host'>([0, 100000, 65536]) }

const found: PathInspection = {
  path: '/data/a\u001b[31m\nowner 0',
  pid: 42,
  type: 'file',
  mode: 0o640,
  mount: {
    type: 'ext4',
    source: '/dev/vda',
    device: '8:0',
    root: '/x',
    mountPoint: '/data',
    map: { state: 'known', map: both([0, 100000, 1000]) },
    from: 'statmount',
  },
  superblock: { state: 'initial', how: 'only the initial user namespace may mount ext4' },
  chain: [host, box],
  ids: [
    {
      what: 'owner',
      half: 'uid',
      grants: undefined,
      disk: 1005,
      host: 'nobody',
      seen: 'nobody',
      words: 'disk uid 1005 → …',
      remedy: 'a mount’s map with …',
    },
    {
      what: 'access ACL',
      half: 'gid',
      grants: 'rw-',
      disk: undefined,
      host: 100007,
      seen: 7,
      words: 'on the disk …',
      remedy: undefined,
    },
  ],
  consequences: ['Nobody may write.'],
  notes: ['The map is hidden.'],
}

test('a path is shown with its whereabouts, a row for each id, and each id’s way', () => {
  expect(renderPathInspection(found)).toMatchInlineSnapshot(`
    "/data/a\\x1b[31m\\nowner 0  file 0640, as process 42 sees it

    mount       ext4 (/dev/vda, its /x) at /data, idmapped: uids 0..999→100000; gids 0..999→100000
    superblock  of the initial user namespace (only the initial user namespace may mount ext4)
    namespace   user:[2], made by host uid 1000: uids 0..65535→100000; gids 0..65535→100000

                           disk  host    container
    owner                  1005  nobody  nobody
    access ACL, group rw-  ?     100007  7

    owner: disk uid 1005 → …
        a mount’s map with …
    access ACL: on the disk …

    So:
        Nobody may write.

    Not known:
        The map is hidden."
  `)
})

test('a name that would move the cursor or begin a line is written out', () => {
  expect(renderPathInspection(found).split('\n')[0]).toContain(String.raw`a\x1b[31m\nowner 0`)
})

const who: ProcessInspection = {
  pid: 42,
  status: {
    name: 'sh',
    uid: { real: 100000, effective: 100005, saved: 100000, filesystem: 100005 },
    gid: { real: 100000, effective: 100000, saved: 100000, filesystem: 100000 },
    groups: [100007, 27],
    capabilities: { inheritable: 0n, permitted: 1n << 13n, effective: (1n << 41n) - 1n, bounding: 0n, ambient: 0n },
  },
  levels: [
    {
      namespace: host,
      uid: { real: 100000, effective: 100005, saved: 100000, filesystem: 100005 },
      gid: { real: 100000, effective: 100000, saved: 100000, filesystem: 100000 },
      groups: [100007, 27],
    },
    {
      namespace: box,
      uid: { real: 0, effective: 5, saved: 0, filesystem: 5 },
      gid: { real: 0, effective: 0, saved: 0, filesystem: 0 },
      groups: [7, 'nobody'],
    },
  ],
  namespaces: [
    { kind: 'mnt', name: 'mnt:[3]', owner: 'user:[2]', reach: 'owned by its user namespace' },
    { kind: 'net', name: 'net:[4]', owner: undefined, reach: 'owned by a namespace outside' },
  ],
}

test('a process is shown in each of its namespaces, and with what its capabilities count for', () => {
  expect(renderProcessInspection(who)).toMatchInlineSnapshot(`
    "process 42 (sh)

    user namespace     uid                          gid     groups     made by        its map to host uids
    initial, user:[1]  100000/100005/100000/100005  100000  100007,27
    user:[2]           0/5/0/5                      0       7,nobody   host uid 1000  0..65535→100000
    uid and gid: real/effective/saved/filesystem, where they differ

    Capabilities, over user:[2] and what is inside it:
        inheritable  none
        permitted    cap_net_raw
        effective    all
        bounding     none
        ambient      none

    Its other namespaces, and whether these capabilities count there:
        mnt  mnt:[3]  yes  owned by its user namespace, user:[2]
        net  net:[4]  no   owned by a namespace outside"
  `)
})

test('in JSON maps are extents, capabilities are names, and what is not known is null', () => {
  const path = JSON.parse(jsonInspection(found))
  expect(path).toMatchObject({ format: 1, path: found.path })
  expect(path.chain[1].map.uid).toEqual([{ from: 0, to: 100000, count: 65536 }])
  expect([path.chain[0].owner, path.ids[1].disk]).toEqual([null, null])
  expect(JSON.parse(jsonInspection(who)).status.capabilities.permitted).toEqual(['cap_net_raw'])
})

test('a probe is shown a line a feature and a line a file system, with the errno of a no and the need of a question', () => {
  const names = Object.keys(features) as FeatureName[]
  const answers = Object.fromEntries(names.map(name => [name, yes()])) as ProbeReport['features']
  const text = renderProbe({
    kernel: '6.12.1',
    uid: 0,
    features: {
      ...answers,
      openTreeAttr: no('it came with Linux 6.15', 'ENOSYS'),
      statmountMaps: unknown('root\u0007'),
    },
    filesystems: [
      { type: 'tmpfs', idmappedMount: yes(), inUserNamespace: yes() },
      { type: 'xfs', idmappedMount: unknown('mkfs.xfs'), inUserNamespace: no('only root', 'EPERM') },
    ],
    limits: { extentsPerMap: 340, maxUserNamespaces: 1000 },
  })
  const lines = text.split('\n')
  expect(lines[0]).toBe('Linux 6.12.1, tried as uid 0')
  expect(lines.find(line => line.includes('open_tree_attr'))).toMatch(
    /^no {3}open_tree_attr\(2\) +6\.15 {3}ENOSYS: it came with Linux 6\.15$/,
  )
  expect(lines.find(line => line.includes('maps of mounts shown'))).toMatch(/^\? .*needs root\\x07$/)
  expect(lines.find(line => line.startsWith('xfs'))).toMatch(/^xfs +\? +5\.12 +no +needs mkfs\.xfs$/)
  expect(lines.find(line => line.startsWith('tmpfs'))).toMatch(/^tmpfs +yes +6\.3 +yes$/)
})

test('where a probe and the table of versions disagree, it is said which way', () => {
  const answers = Object.fromEntries(Object.keys(features).map(name => [name, yes()])) as Record<FeatureName, Answer>
  const report: ProbeReport = {
    kernel: '5.14.0-503.el9.x86_64',
    uid: 0,
    features: { ...answers, mountSetattr: no('it is gone', 'ENOSYS'), unprivilegedUserNamespaces: no('a setting') },
    filesystems: [
      { type: 'tmpfs', idmappedMount: yes(), inUserNamespace: yes() },
      { type: 'ext4', idmappedMount: no('it does not', 'EINVAL'), inUserNamespace: no('only root') },
      { type: 'xfs', idmappedMount: no('there is none', 'ENODEV'), inUserNamespace: no('only root') },
      { type: 'proc', idmappedMount: no('it does not', 'EINVAL'), inUserNamespace: yes() },
      { type: 'madeupfs', idmappedMount: yes(), inUserNamespace: yes() },
    ],
    limits: { extentsPerMap: 340, maxUserNamespaces: 1000 },
  }
  const lines = renderProbe(report).split('\n')
  const line = (begins: RegExp) => lines.find(text => begins.test(text))
  expect(line(/^tmpfs/)).toMatch(/^tmpfs +yes +6\.3 +yes +earlier than the table says: a backport$/)
  expect(line(/^ext4/)).toMatch(/^ext4 +no +5\.12 +no +EINVAL: it does not; missing: the table has it$/)
  expect(line(/^xfs/)).toMatch(/^xfs +no +no +ENODEV: there is none$/)
  expect(line(/^proc/)).toMatch(/^proc +no +no kernel +yes +EINVAL: it does not$/)
  expect(line(/^madeupfs/)).toMatch(/^madeupfs +yes +yes$/)
  expect(line(/mount_setattr/)).toMatch(/ENOSYS: it is gone; missing: the table has it$/)
  expect(line(/ordinary users/)).toMatch(/3\.8 +a setting$/)
  expect(line(/ statmount\(2\) /)).toMatch(/earlier than the table says/)
  expect(probeDocument(report)).toMatchObject({
    format: 1,
    table: {
      features: { mountSetattr: { table: 'since 5.12', standing: 'missing' } },
      filesystems: { tmpfs: { table: 'since 6.3', standing: 'earlier', source: expect.any(String) } },
    },
  })
})

test('what several answers need is told once', () => {
  const names = Object.keys(features) as FeatureName[]
  const answers = Object.fromEntries(names.map(name => [name, yes()])) as ProbeReport['features']
  const needed = { idmappedMount: unknown('root'), inUserNamespace: yes() }
  const text = renderProbe({
    ...{ kernel: '6.12.1', uid: 1000 },
    features: { ...answers, replaceIdmap: unknown('root'), statmountMaps: unknown('a Tuesday') },
    filesystems: ['tmpfs', 'xfs'].map(type => ({ type, ...needed })),
    limits: { extentsPerMap: 340, maxUserNamespaces: 1000 },
  })
  expect(text.match(/needs root/g)).toHaveLength(1)
  expect(text.split('\n').at(-1)).toBe('(1) needs root')
  expect(text).toMatch(/^xfs +\? +yes +\(1\)$/m)
  expect(text).toContain('needs a Tuesday')
})

describe('on the command line', () => {
  const COMMAND = fileURLToPath(new URL('../../ci/idmaplab.mjs', import.meta.url))
  const idmaplab = (...args: string[]) => spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' })

  test.each([
    [
      'nothing to inspect',
      ['inspect'],
      /^idmaplab: What shall be inspected\? Give a path, a process by --pid, or both\.\n$/,
    ],
    ['no pid', ['inspect', '/', '--pid', '12x'], /^idmaplab: --pid: "12x" is no process number\.\n$/],
    [
      'no such process',
      ['inspect', '--pid', '1073741823'],
      /^idmaplab: There is no process 1073741823, or it has just ended\.\n$/,
    ],
    ['no such path', ['inspect', '/no/such'], /^idmaplab: There is no \/no\/such \(ENOENT\)\.\n$/],
    ['a relative path of another process', ['inspect', 'a', '--pid', String(process.pid)], /^idmaplab: /],
  ])('%s is a sentence, and 64', (_, args, sentence) => {
    const { status, stdout, stderr } = idmaplab(...args)
    expect([status, stdout]).toEqual([64, ''])
    expect(stderr).toMatch(sentence)
  })

  test('a path that is there is shown, and 0', () => {
    const { status, stdout } = idmaplab('inspect', COMMAND)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^owner: disk uid \d+ → host \d+$/m)
  })

  test('this machine is probed, as one JSON document', () => {
    const { status, stdout } = idmaplab('probe', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ format: 1, features: { mountSetattr: { state: expect.any(String) } } })
  })
})
