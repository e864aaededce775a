import fs from 'node:fs/promises'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../../ci/map/check.ts'
import { convert } from '../../../ci/map/convert.ts'
import { dialects } from '../../../ci/map/dialects.ts'
import { explain } from '../../../ci/map/explain.ts'
import { plan } from '../../../ci/map/plan.ts'
import { resolve } from '../../../ci/map/resolve.ts'
import { DIALECTS, parseContainerMap } from '../../../lib/syntax/registry.ts'

const UNPRIVILEGED = 'u 0 100000 65536; g 0 100000 65536'
const EXCEPTION = 'u:1005:1005:1;g:1005:1005:1'

let place: DirectoryResult
beforeAll(async () => {
  place = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => place.cleanup())

async function file(name: string, text: string): Promise<string> {
  const at = path.join(place.path, name)
  await fs.writeFile(at, text)
  return at
}

describe('map resolve', () => {
  test('gives the map of the mount, disk first, as a table and as JSON', async () => {
    const answer = await resolve({ container: UNPRIVILEGED, mount: EXCEPTION })
    expect(answer).toMatchObject({ exitCode: 0 })
    expect(answer.lines.slice(0, 4)).toEqual([
      '       disk    host  count',
      'uid    1005  101005      1',
      'uid  100000  100000   1005',
      'uid  101006  101006  64530',
    ])
    const half = [
      [1005, 101_005, 1],
      [100_000, 100_000, 1005],
      [101_006, 101_006, 64_530],
    ]
    expect(JSON.parse(JSON.stringify(answer.json))).toEqual({ from: 'disk', to: 'host', uid: half, gid: half })
  })

  test('says which dialect each text is read as, and what an exception loses', async () => {
    const answer = await resolve({ container: UNPRIVILEGED, mount: `${EXCEPTION};u:70000:5:1` })
    expect(answer.remarks).toEqual([
      expect.stringMatching(/^--container is read as lxc: .*container-id host-id count/),
      expect.stringMatching(/^--mount is read as proxmox: .*container-id:disk-id:count/),
      expect.stringMatching(/^warning: uid: the exception container 70000→5 on disk has no effect/),
    ])
    expect(answer.json).toMatchObject({ warnings: [{ code: 'IDMAP_EXCEPTION_OUTSIDE_CONTAINER' }] })
  })

  test('a result the kernel would refuse is refused with the ranges and who asked for them', async () => {
    const answer = await resolve({ container: UNPRIVILEGED, mount: 'u:1005:100007:1' })
    expect(answer).toMatchObject({ exitCode: 1, lines: [], json: { refused: [{ code: 'IDMAP_OVERLAP' }] } })
    expect(answer.remarks).toEqual([
      expect.stringMatching(/^refused: uid: disk id 100007 is wanted twice: by container id 7/),
    ])
  })

  test('passthrough makes the ids on the disk those of the container', async () => {
    const answer = await resolve({ container: UNPRIVILEGED, mount: 'passthrough' })
    expect(answer.json).toMatchObject({ uid: [[0, 100_000, 65_536]] })
  })

  test("a mount's own map is taken as it is", async () => {
    const answer = await resolve({ container: UNPRIVILEGED, mount: 'X-mount.idmap=b:0:100000:10' })
    expect(answer.json).toMatchObject({ uid: [[0, 100_000, 10]], gid: [[0, 100_000, 10]] })
  })

  test('a container without groups makes no mount', async () => {
    const answer = await resolve({ container: 'u 0 100000 65536', mount: 'u:5:5:1' })
    expect(answer).toMatchObject({ exitCode: 1, json: { refused: [{ code: 'IDMAP_MISSING_HALF' }] } })
  })

  test.each([
    ['what nobody recognises', { container: 'nonsense', mount: EXCEPTION }, /--container is in no dialect/],
    [
      'a file that is not there',
      { container: '@/nope/nope', mount: EXCEPTION },
      /\/nope\/nope cannot be read: there is no such file/,
    ],
    ['a directory', { container: '@/', mount: EXCEPTION }, /cannot be read: it is a directory/],
    [
      'an unknown dialect',
      { container: UNPRIVILEGED, mount: EXCEPTION, mountDialect: 'nope' },
      /There is no dialect 'nope'/,
    ],
    [
      'a dialect of another role',
      { container: UNPRIVILEGED, mount: EXCEPTION, mountDialect: 'lxc' },
      /lxc has no maps of mounts/,
    ],
  ])('%s is one sentence', async (_, options, sentence) => {
    await expect(resolve(options)).rejects.toThrow(sentence)
    await expect(resolve(options)).rejects.toMatchObject({ blame: 'user' })
  })
})

describe('map convert', () => {
  test('says the map in other words, and in one line which column is which on both sides', async () => {
    const answer = await convert('b 0 100000 65536', { from: 'lxc', to: 'incus' })
    expect(answer).toMatchObject({ exitCode: 0, lines: ['both 100000-165535 0-65535'] })
    expect(answer.remarks).toEqual([
      expect.stringMatching(/^lxc .*container-id host-id count \(container → host\) → incus .*\(container → host\)$/),
    ])
  })

  test('a map of two roles is a container’s unless it is said to be a mount’s', async () => {
    const kernel = '0 100000 65536'
    expect((await convert(kernel, { from: 'kernel', to: 'oci' })).json).toMatchObject({ map: { from: 'container' } })
    expect((await convert(kernel, { from: 'kernel', to: 'oci', role: 'mount' })).json).toMatchObject({
      map: { from: 'disk' },
    })
    expect((await convert(kernel, { from: 'kernel', to: 'util-linux' })).json).toMatchObject({ map: { from: 'disk' } })
  })

  test('exceptions become a mount’s map and back, with the map of their container', async () => {
    const there = await convert(EXCEPTION, { from: 'proxmox', to: 'util-linux', container: UNPRIVILEGED })
    expect(there.json).toMatchObject({
      map: {
        from: 'disk',
        uid: [
          [1005, 101_005, 1],
          [100_000, 100_000, 1005],
          [101_006, 101_006, 64_530],
        ],
      },
    })
    const back = await convert(there.lines.join('\n'), { from: 'util-linux', to: 'proxmox', container: UNPRIVILEGED })
    expect(back.lines).toEqual([EXCEPTION])
  })

  test('what needs the map of the container says so', async () => {
    await expect(convert(EXCEPTION, { from: 'proxmox', to: 'util-linux' })).rejects.toThrow(
      /proxmox writes container → disk, util-linux disk → host: say the container's own map with --container/,
    )
  })

  test('what the target can’t express is refused with the reason', async () => {
    const answer = await convert('u 0 100000 10; g 0 200000 10', { from: 'lxc', to: 'nspawn' })
    expect(answer).toMatchObject({ exitCode: 1, json: { refused: [{ code: 'IDMAP_INEXPRESSIBLE' }] } })
  })

  test('a container’s map is no mount’s', async () => {
    await expect(convert(UNPRIVILEGED, { from: 'lxc', to: 'util-linux' })).rejects.toThrow(
      /lxc writes container → host, util-linux writes disk → host: there is nothing both can say/,
    )
    await expect(convert(UNPRIVILEGED, { from: 'lxc', to: 'incus', role: 'mount' })).rejects.toThrow(/for --role mount/)
  })

  test('into a document it leaves comments and order as they are', async () => {
    const into = await file(
      'into.conf',
      '# first\nlxc.idmap = u 0 100000 10\nlxc.uts.name = x\nlxc.idmap = g 0 100000 10\n',
    )
    const { lines } = await convert('both 100000-100009 0-9\nuid 5 10', { from: 'incus', to: 'lxc', into })
    expect(lines.join('\n')).toContain('# first\nlxc.idmap = u 0 100000 10\n')
    expect(lines.join('\n')).toContain('lxc.uts.name = x')
    expect(parseContainerMap('lxc', lines.join('\n')).uid.lookup(10)).toBe(5)
    await expect(convert(UNPRIVILEGED, { from: 'lxc', to: 'newuidmap', into })).rejects.toThrow(/leave out --into/)
  })

  test('docker needs to know who may map what', async () => {
    const subuid = await file('subuid', 'dockremap:100000:65536\n')
    const answer = await convert('--userns-remap=dockremap', { from: 'docker', to: 'kernel', subuid, subgid: subuid })
    expect(answer.lines.join('\n')).toContain('0 100000 65536')
  })
})

test('a map no kernel makes a mount with is refused, whatever the words for it', async () => {
  const refused = [expect.stringMatching(/^refused: gid: nothing is mapped; .*EINVAL since 6\.9/)]
  const half = 'X-mount.idmap=u:0:100000:10'
  expect(await convert(half, { from: 'util-linux', to: 'mount-idmapped' })).toMatchObject({
    ...{ exitCode: 1, lines: [], remarks: refused },
  })
  const explained = await explain({ container: UNPRIVILEGED, mount: half, disk: '0' })
  expect(explained).toMatchObject({ exitCode: 1, json: { refused: [{ code: 'IDMAP_MISSING_HALF', half: 'gid' }] } })
  expect(explained.remarks).toEqual(expect.arrayContaining(refused))
  expect(explained.lines).toContain('disk uid 0 → host 100000 (u 0 100000 10) → container 0 (u 0 100000 65536)')
})

test('what a text leaves to another file is noted wherever a map is read from it', async () => {
  const text = `lxc.include = /etc/lxc/userns.conf\nlxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n`
  const note = expect.stringMatching(/^note: .*:1:1: lxc\.include is not followed: what \/etc\/lxc\/userns\.conf/)
  const converted = await convert(text, { from: 'lxc', to: 'kernel' })
  expect(converted.remarks).toEqual(expect.arrayContaining([note]))
  expect(converted.json).toMatchObject({ notes: [{ line: 1 }] })
  const checked = await check([text], { owner: 'root' })
  expect(checked).toMatchObject({ exitCode: 0, remarks: [note], json: { notes: [note] } })
  const resolved = await resolve({ container: text, mount: EXCEPTION })
  expect(resolved.remarks?.[0]?.split('\n')[1]).toEqual(note)
})

describe('map check', () => {
  const root = { owner: 'root' }

  test('files of subuid and subgid are held against themselves', async () => {
    const subuid = await file('both-own', 'root:100000:65536\nweb:150000:10\nweb:5:0\n')
    const { exitCode, json } = await check([`@${subuid}`], root)
    expect(exitCode).toBe(1)
    expect(json).toMatchObject({
      errors: 1,
      warnings: 1,
      findings: [{ rule: 'SUBID_EMPTY' }, { rule: 'SUBID_OVERLAP', where: [{ name: subuid, line: 2 }, { line: 1 }] }],
    })
  })

  test('Docker’s owner has the ids that the files give', async () => {
    const subuid = await file('docker-subuid', 'dockremap:100000:65536\n')
    const daemon = ['{"userns-remap": "default"}']
    const files = { ...root, owner: 'dockremap', subuid, subgid: subuid }
    expect(await check(daemon, files)).toMatchObject({ exitCode: 0 })
    const { lines } = await check(daemon, root)
    expect(lines[0]).toMatch(
      /expected the lines of dockremap in \/etc\/subuid and \/etc\/subgid beside the name, found/,
    )
  })

  test('podman’s second ids are root’s, which is noted, or those of the namespace that is given', async () => {
    const text = ['podman run --uidmap 0:1:10 --gidmap 0:1:10 alpine']
    expect((await check(text, root)).remarks).toEqual([expect.stringMatching(/^note: .*read as root’s/)])
    const rootless = await check(text, { ...root, container: '0 1000 1\n1 100000 65536' })
    expect(rootless).toMatchObject({ exitCode: 0, remarks: [] })
    const tooMany = { ...root, container: '0 1000 1' }
    expect(await check(text, tooMany)).toMatchObject({ exitCode: 1 })
  })

  test('without a kernel, since when the file system’s mounts can be idmapped is noted', async () => {
    const mount = ['X-mount.idmap=b:0:100000:65536']
    const note = 'note: idmapped mounts of tmpfs need Linux 6.3; --kernel says for which one to check'
    expect(await check(mount, { ...root, fs: 'tmpfs' })).toMatchObject({ exitCode: 0, remarks: [note] })
    expect(await check(mount, { ...root, fs: 'tmpfs', kernel: '6.3' })).toMatchObject({ exitCode: 0, remarks: [] })
    expect(await check(['b 0 1 1'], { ...root, fs: 'tmpfs' })).toMatchObject({ remarks: [] })
  })

  test('a container without groups is an error where its runtime starts none, else a warning', async () => {
    const lxc = await check(['lxc.idmap = u 0 100000 65536'], root)
    expect(lxc).toMatchObject({ exitCode: 1, json: { findings: [{ rule: 'IDMAP_MISSING_HALF', severity: 'error' }] } })
    expect(await check(['--map-users 0:100000:65536'], { ...root, dialect: 'unshare' })).toMatchObject({ exitCode: 0 })
  })

  test('a clean configuration ends with 0', async () => {
    expect(await check([UNPRIVILEGED], root)).toMatchObject({ exitCode: 0, lines: ['0 errors, 0 warnings'] })
  })

  test('a Proxmox configuration is looked at as a container and as each of its mounts', async () => {
    const conf = await file(
      '101.conf',
      'unprivileged: 1\nmp0: /a,mp=/a,idmap=u:1005:100007:1\nmp1: /b,mp=/b,idmap=u:70000:5:1;g:1:1:1\nmp2: /c,mp=/c\n',
    )
    const { exitCode, json } = await check([`@${conf}`], root)
    expect(exitCode).toBe(1)
    expect(json).toMatchObject({
      errors: 1,
      warnings: 1,
      findings: [
        { rule: 'IDMAP_OVERLAP', where: [{ name: `${conf} mp0`, line: 2 }] },
        { rule: 'IDMAP_EXCEPTION_OUTSIDE_CONTAINER', where: [{ name: `${conf} mp1`, line: 3 }] },
      ],
    })
  })

  test('a finding shows file, line, rule, what it collides with, and the fix', async () => {
    const { lines } = await check(['u 0 100000 10; g 0 100000 10', 'b 0 100009 1'], root)
    expect(lines).toEqual([
      expect.stringMatching(/^argument 2:1:1: error SHARED_HOST_IDS: host uids 100009 belong to argument 1 as well/),
      '    see argument 1:1:1',
      expect.stringMatching(/^ {4}fix: give one of them another host range/),
      expect.stringMatching(/^argument 2:1:1: error SHARED_HOST_IDS: host gids 100009/),
      '    see argument 1:1:16',
      expect.stringMatching(/^ {4}fix: /),
      '2 errors, 0 warnings',
    ])
  })

  test('what is allowed is a warning, and warnings fail only when strict', async () => {
    const both = ['u 0 100000 10; g 0 100000 10', 'b 0 100009 1']
    const allow = ['SHARED_HOST_IDS']
    expect(await check(both, { ...root, allow })).toMatchObject({ exitCode: 0, json: { errors: 0, warnings: 2 } })
    expect(await check(both, { ...root, allow, strict: true })).toMatchObject({ exitCode: 1 })
  })

  test('host ids are held against subuid, subgid and passwd, whose own faults are told too', async () => {
    const subuid = await file('subuid-1', 'root:100000:1005\nroot:101006:64530\nnonsense\n')
    const passwd = await file('passwd', 'alice:x:1005:1005::/:/bin/sh\n')
    const map = 'u 0 100000 1005\nu 1005 1005 1\nu 1006 101006 64530\ng 0 100000 65536'
    const { json } = await check([map], { ...root, subuid, passwd })
    expect(json).toMatchObject({
      findings: [
        { rule: 'SUBID_SYNTAX', where: [{ name: subuid, line: 3 }] },
        { rule: 'NOT_DELEGATED', where: [{ line: 2 }], fix: `add to ${subuid}: root:1005:1` },
        { rule: 'HOST_USER', where: [{ line: 2 }] },
      ],
    })
  })

  test('exceptions alone are judged by the container that is given', async () => {
    expect(await check(['u:1005:100007:1'], root)).toMatchObject({ exitCode: 0 })
    expect(await check(['u:1005:100007:1'], { ...root, container: UNPRIVILEGED })).toMatchObject({ exitCode: 1 })
  })

  test('the kernel, the file system and the parent namespace count', async () => {
    const mount = ['X-mount.idmap=b:0:100000:65536']
    expect(await check(mount, { ...root, kernel: '6.1', fs: 'tmpfs' })).toMatchObject({ exitCode: 1 })
    expect(await check(mount, { ...root, kernel: '6.3', fs: 'tmpfs' })).toMatchObject({ exitCode: 0 })
    expect(await check(['0 100000 65536'], { ...root, kernel: '6.1', fs: 'tmpfs' })).toMatchObject({ exitCode: 0 })
    expect(await check(['0 100000 65536'], { ...root, role: 'mount', kernel: '6.1', fs: 'tmpfs' })).toMatchObject({
      exitCode: 1,
    })
    expect(await check(['b 0 500 10'], { ...root, parent: 'b 0 100000 505' })).toMatchObject({ exitCode: 1 })
    await expect(check(mount, { ...root, kernel: 'new' })).rejects.toThrow(/expected a kernel version/)
  })

  test('a text nobody recognises is no clean one', async () => {
    await expect(check(['nonsense'], root)).rejects.toThrow(/in no dialect that could be recognised/)
  })
})

describe('map plan', () => {
  const proxmox = { for: 'proxmox', base: '0:100000:65536', owner: 'root' } as const

  test('gives lxc.idmap, subuid and subgid lines for Proxmox, and the idmap= that suffices for one mount', async () => {
    const { lines } = await plan(['uid:1005', 'gid:100-102'], proxmox)
    expect(lines.join('\n')).toContain(
      'lxc.idmap: u 0 100000 1005\nlxc.idmap: u 1005 1005 1\nlxc.idmap: u 1006 101006 64530\n',
    )
    expect(lines.join('\n')).toContain(
      'lxc.idmap: g 0 100000 100\nlxc.idmap: g 100 100 3\nlxc.idmap: g 103 100103 65433\n',
    )
    expect(lines).toContain('root:1005:1\nroot:100000:65536')
    expect(lines.at(-1)).toBe('mp0: SOURCE,mp=TARGET,idmap=u:1005:1005:1;g:100:100:3')
  })

  test('what it plans for a container passes its own check, with the lines it wants in subuid and subgid', async () => {
    const { json } = await plan(['both:0,5,6-7,65535'], proxmox)
    const { sections } = json as { sections: { where: string; text: string }[] }
    const text = (start: string) => sections.find(({ where }) => where.startsWith(start))?.text ?? ''
    const subuid = await file('plan-subuid', text('/etc/subuid'))
    const subgid = await file('plan-subgid', text('/etc/subgid'))
    expect(await check([text('/etc/pve')], { owner: 'root', subuid, subgid })).toMatchObject({ exitCode: 0 })
  })

  test.each(['lxc', 'podman', 'incus', 'oci'] as const)('speaks %s', async runtime => {
    const { exitCode, lines } = await plan(['both:1005'], { ...proxmox, for: runtime })
    expect(exitCode).toBe(0)
    expect(lines.join('\n')).toMatch(/1005/)
  })

  test('Incus has a range of its own, so only what passes through must be added', async () => {
    const { lines, json } = await plan(['uid:1005', 'uid:1006', 'gid:7'], { ...proxmox, for: 'incus' })
    expect(lines).toContainEqual(
      expect.stringMatching(/^# \/etc\/subuid: must be there; .*beside the range Incus gives/),
    )
    expect(lines).toContain('root:1005:2')
    expect(lines).toContain('root:7:1')
    expect(lines.join('\n')).not.toContain('root:100000')
    expect(json).toMatchObject({ delegated: { uid: [{ from: 1005, count: 2 }], gid: [{ from: 7, count: 1 }] } })
  })

  test('lines that are there already are left out', async () => {
    const subuid = await file('has', 'root:100000:65536\n')
    const { lines } = await plan(['uid:1005'], { ...proxmox, subuid, subgid: subuid })
    expect(lines).toContain('# /etc/subuid: to be added')
    expect(lines).toContain('root:1005:1')
    expect(lines.join('\n')).not.toContain('/etc/subgid')
  })

  test('an id that is already somebody else’s in the container is refused', async () => {
    expect(await plan(['uid:100005'], proxmox)).toMatchObject({ exitCode: 1 })
  })

  test.each([['uid:x'], ['user:5'], ['uid:7-5'], ['uid:4294967295'], ['uid:'], ['uid:1-2-3']])(
    '%s is no wish',
    async wish => {
      await expect(plan([wish], proxmox)).rejects.toMatchObject({ code: 'USAGE' })
    },
  )

  test('a base is three numbers', async () => {
    await expect(plan(['uid:5'], { ...proxmox, base: '0:100000' })).rejects.toThrow(/CONTAINER:HOST:COUNT/)
  })
})

describe('map explain', () => {
  const both = { container: UNPRIVILEGED, mount: EXCEPTION }

  test('follows an id from the disk to the container, extent by extent', async () => {
    const { lines } = await explain({ ...both, disk: '1005' })
    expect(lines.slice(0, 2)).toEqual([
      'disk uid 1005 → host 101005 (u 1005 101005 1) → container 1005 (u 0 100000 65536)',
      '    the host sees 101005, the container 1005',
    ])
  })

  test.each([
    [{ disk: '7' }, /^ {4}everybody sees 65534 \(nobody\): the mount's map leaves this id out/],
    [{ inside: '70000' }, /^ {4}the container has no such uid/],
    [{ inside: '1005' }, /^ {4}it is 101005 on the host, and its files are 1005's on the disk$/],
    [{ host: '101005' }, /^ {4}in the container its files are 1005's; on the disk it makes them as 1005$/],
    [
      { host: '0' },
      /^ {4}in the container its files are 65534 \(nobody\)'s; on the disk it can make none \(EOVERFLOW\)/,
    ],
  ])('%j ends in words', async (start, sentence) => {
    const { lines } = await explain({ ...both, ...start })
    expect(lines).toContainEqual(expect.stringMatching(sentence))
  })

  test('without a map of the mount, what is on the disk is what the host sees', async () => {
    const { lines } = await explain({ container: UNPRIVILEGED, disk: '1005' })
    expect(lines[0]).toMatch(
      /^disk uid 1005 → host 1005 → container: not mapped; the nearest extent is u 0 100000 65536$/,
    )
    expect(lines[1]).toMatch(/the host sees 1005, the container 65534 \(nobody\): host 1005 is no id of the container/)
  })

  test('draws the spaces as columns and the ranges as bands', async () => {
    const svg = path.join(place.path, 'map.svg')
    await explain({ ...both, disk: '1005', svg })
    const drawing = await fs.readFile(svg, 'utf8')
    expect(drawing.match(/<path /g)).toHaveLength((3 + 1) * 2)
    expect(drawing).toMatch(/>1005<\/text>/)
    expect(drawing).toMatch(/>100000\.\.101004<\/text>/)
    expect(drawing).not.toContain('NaN')
    await expect(explain({ ...both, disk: '5', svg: '/nope/map.svg' })).rejects.toThrow(
      /\/nope\/map.svg cannot be written/,
    )
  })

  test.each([[{}], [{ disk: '1', host: '2' }], [{ disk: '-1' }], [{ disk: '4294967295' }], [{ disk: '0x1' }]])(
    '%j does not say which id',
    async start => {
      await expect(explain({ ...both, ...start })).rejects.toMatchObject({ code: 'USAGE' })
    },
  )
})

test('map dialects lists every dialect with the direction of each of its roles', () => {
  const { lines, json } = dialects()
  expect(json).toHaveLength(DIALECTS.length)
  expect(lines.join('\n')).toMatch(/^proxmox .*\n +container → disk/m)
})
