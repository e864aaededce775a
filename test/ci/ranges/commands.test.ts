import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { allocate } from '../../../ci/ranges/allocate.ts'
import { check } from '../../../ci/ranges/check.ts'
import { list } from '../../../ci/ranges/list.ts'
import { release } from '../../../ci/ranges/release.ts'
import { INITIAL, madeUpProcess, madeUpRoot } from '../../lib/ranges/made-up-root.ts'

function place(files: Readonly<Record<string, string>> = {}) {
  const root = madeUpRoot({ ...INITIAL, ...files })
  return { root, registry: path.join(root, 'ranges.json'), owner: 'alice', count: '65536' }
}

describe('ranges allocate', () => {
  test('shows the container’s map, and as JSON the lease and the mount’s map too', async () => {
    const answer = await allocate('web', place())
    expect(answer).toMatchObject({ exitCode: 0, remarks: ['leased: web, for alice'] })
    expect(answer.lines).toEqual([
      '     container    host  count',
      'uid          0  131072  65536',
      'gid          0  131072  65536',
    ])
    const half = [[0, 131_072, 65_536]]
    expect(answer.json).toMatchObject({
      name: 'web',
      owner: 'alice',
      renewed: false,
      container: { from: 'container', to: 'host', uid: half, gid: half },
      mount: { from: 'disk', to: 'host', uid: half, gid: half },
      unseen: [],
    })
  })

  test('shows the map of a mount of a shifted image when asked', async () => {
    const { lines } = await allocate('web', { ...place(), imageShift: '300000' })
    expect(lines.slice(4)).toEqual([
      '       disk    host  count',
      'uid  300000  131072  65536',
      'gid  300000  131072  65536',
    ])
  })

  test('says what it could not see', async () => {
    const { remarks, json } = await allocate('web', place({ 'etc/nsswitch.conf': 'passwd: files ldap\n' }))
    expect(remarks).toContain('note: users and groups of ldap (nsswitch.conf) are not seen')
    expect(json).toMatchObject({ unseen: ['users and groups of ldap (nsswitch.conf) are not seen'] })
  })

  test('that finds nothing is refused with the largest gap, and leases nothing', async () => {
    const where = place({ 'etc/subuid': 'bob:70000:10\n' })
    const answer = await allocate('web', { ...where, window: '70000-70100' })
    expect(answer).toMatchObject({
      exitCode: 1,
      lines: [],
      remarks: [
        expect.stringMatching(/^refused: No 65536 free host ids .* 70010\.\.70100 \(91 ids\), between bob, line 1/),
      ],
      json: { refused: [{ code: 'NOTHING_FITS', count: 65_536, largest: { from: 70_010, count: 91 } }] },
    })
    expect(list(where).lines).toEqual([])
  })

  test('of no ids at all is refused like any map of none', async () => {
    expect(await allocate('web', { ...place(), count: '0' })).toMatchObject({
      exitCode: 1,
      json: { refused: [{ code: 'IDMAP_EMPTY_EXTENT' }] },
    })
  })

  test.each([
    [{ count: 'many' }, /^--count 'many' is no number of ids/],
    [{ count: '-1' }, /^--count '-1' is no number/],
    [{ top: '4294967295' }, /^--top '4294967295' is no number/],
    [{ align: '1.5' }, /^--align '1.5' is no number/],
    [{ count: '4294967294', top: '2' }, /^The pieces 0\.\.4294967293 and 4294967293\.\.4294967294 have container ids/],
    [{ window: '100' }, /^--window '100' is not FIRST-LAST/],
    [{ window: '100-99' }, /^--window '100-99' is not FIRST-LAST/],
  ])('wants numbers: %o', async (wrong, sentence) => {
    await expect(allocate('web', { ...place(), ...wrong })).rejects.toMatchObject({
      blame: 'user',
      message: expect.stringMatching(sentence),
    })
  })
})

describe('ranges list and release', () => {
  test('a lease is a line with its host ids, until it is released', async () => {
    const where = place()
    await allocate('web', { ...where, top: '10' })
    expect(list(where).lines).toEqual([
      expect.stringMatching(/^web {2}alice {2}131072\.\.196607,4294967285\.\.4294967294 {2}\d{4}-/),
    ])
    expect(await release('web', where)).toMatchObject({
      exitCode: 0,
      lines: ['released web: 131072..196607, 4294967285..4294967294'],
      remarks: [],
    })
    expect(list(where)).toMatchObject({ lines: [], remarks: [`${where.registry} has no leases`], json: { leases: [] } })
  })

  test('a container that still runs in it is said', async () => {
    const where = place(madeUpProcess(40, { command: 'nginx', namespace: 7, map: '0 131072 1000\n' }))
    fs.writeFileSync(
      where.registry,
      '{"format":"idmaplab-ranges","version":1,"leases":[{"name":"web","owner":"alice","pieces":[{"container":0,"host":131072,"count":65536}],"subids":false,"leased":"2026-11-22T20:00:00.000Z","renewed":"2026-11-22T20:00:00.000Z"}]}',
    )
    expect((await release('web', where)).remarks).toEqual([
      'note: the user namespace of process 40 (nginx) runs in it still; its ids are given to nobody until it ends',
    ])
    expect((await allocate('other', where)).lines[1]).toBe('uid          0  196608  65536')
  })
})

describe('ranges check', () => {
  test('nothing that collides is a pass', async () => {
    const where = place({ 'etc/subuid': 'alice:262144:65536\n' })
    await allocate('web', where)
    expect(check(where)).toMatchObject({ exitCode: 0, lines: ['0 collisions'], json: { collisions: [] } })
  })

  test('a user made inside a lease is a failure with what to do', async () => {
    const where = place()
    await allocate('web', where)
    fs.writeFileSync(path.join(where.root, 'etc/passwd'), 'late:x:131072:131072::/:/bin/sh\n')
    expect(check(where)).toMatchObject({
      exitCode: 1,
      lines: [
        `HOST_USER: the lease web of alice in ${where.registry} has host uids 131072, and so has late of /etc/passwd`,
        expect.stringMatching(/^ {4}fix: move the range/),
        '1 collision',
      ],
      json: { collisions: [{ rule: 'HOST_USER', ids: [{ from: 131_072, count: 1 }] }] },
    })
  })
})

describe('the command', () => {
  const COMMAND = fileURLToPath(new URL('../../../ci/idmaplab.mjs', import.meta.url))

  async function ranges(...args: readonly string[]) {
    const child = spawn(process.execPath, [COMMAND, 'ranges', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { code, stdout, stderr }
  }

  test('leases, lists, checks and releases, each as one JSON document', async () => {
    const { root, registry } = place()
    const at = ['--registry', registry, '--json']
    const leased = await ranges('allocate', 'web', '--count', '65536', '--root', root, '--owner', 'alice', ...at)
    expect(leased).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(leased.stdout)).toMatchObject({ name: 'web', pieces: [{ from: 0, to: 131_072, count: 65_536 }] })
    const listed = await ranges('list', ...at)
    expect(JSON.parse(listed.stdout)).toMatchObject({ leases: [{ name: 'web' }] })
    const released = await ranges('release', 'web', '--root', root, ...at)
    expect(JSON.parse(released.stdout)).toMatchObject({ released: { name: 'web' } })
  })

  test('shows how it is used', async () => {
    const { code, stdout } = await ranges('--help')
    expect(code).toBe(0)
    expect(stdout.match(/^ {2}(allocate|list|release|check) /gm)).toHaveLength(4)
  })

  test.each<[string, number, readonly string[], RegExp]>([
    ['nothing fits', 1, ['allocate', 'web', '--count', '4294967294'], /^refused: No 4294967294 free host ids/],
    ['no count', 64, ['allocate', 'web'], /required option '--count <ids>' not specified/],
    ['no such lease', 64, ['release', 'nope'], /^idmaplab: There is no lease "nope"/],
    [
      'a registry that is none',
      2,
      ['list'],
      /^idmaplab: The registry .* can't be used: it is no JSON; it was left as it is/,
    ],
  ])('%s: one sentence and exit code %d', async (what, code, args, sentence) => {
    const { root, registry } = place()
    if (what.startsWith('a registry')) fs.writeFileSync(registry, 'nonsense')
    const ended = await ranges(...args, '--registry', registry, '--root', root)
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(sentence) })
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
  })
})
