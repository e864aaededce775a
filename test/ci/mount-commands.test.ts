import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readMapOption } from '../../ci/map-option.ts'
import { here } from '../../lib/kernel/caller.ts'
import { bindMount, mountFilesystem, unmount } from '../../lib/kernel/mount.ts'
import { createUserNamespace } from '../../lib/kernel/userns.ts'
import { both, mountsBelow, noIdmappedTmpfs, testUnless } from '../lib/kernel/native.ts'

const natively = testUnless(noIdmappedTmpfs)
const COMMAND = fileURLToPath(new URL('../../ci/idmaplab.mjs', import.meta.url))

let directory: DirectoryResult
const at = (name: string) => path.join(directory.path, name)

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterEach(async () => {
  for (const line of mountsBelow(directory.path).reverse()) unmount(here(), line.split(' ')[4] ?? '', { lazy: true })
  await directory.cleanup()
})

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

async function idmaplab(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: directory.path,
    env: { ...process.env, IDMAPLAB_MAPS: at('maps'), NO_COLOR: '1', CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

describe('a map on the command line', () => {
  const read = (map: string, dialect?: string) =>
    readMapOption(map, { what: '--map', dialect, option: '--map-dialect' })

  test('has entries of disk, host and count, for uids, gids or both', async () => {
    const { uid, gid } = await read('b:0:100000:10 u:10:5:1  g:10:6:1\n20:7:1')
    expect([`${uid}`, `${gid}`]).toEqual(['0..9→100000, 10→5, 20→7', '0..9→100000, 10→6, 20→7'])
  })

  test.each(['b:0:100000:10;u:10:5:1', 'X-mount.idmap=b:0:100000:10', 'idmap=uids=0-100000-10;gids=0-100000-10'])(
    '%j is one, too',
    async map => {
      expect((await read(map)).uid.lookup(5)).toBe(100_005)
    },
  )

  test('can be of a dialect that is named', async () => {
    expect((await read('0 100000 10', 'kernel')).gid.lookup(5)).toBe(100_005)
  })

  test.each(['x:0:1:1', '-1:0:1', 'b:0:1:1\u001b[31m', '0x1:0:1', '0:1'])('%j is none', async entry => {
    const refused = expect(read(entry)).rejects
    await refused.toMatchObject({ blame: 'user' })
    await refused.not.toThrow('\u001b')
  })

  test('that maps an id twice is refused in the words of maps', async () => {
    await expect(read('b:0:1:10 b:5:100:1')).rejects.toThrow(/disk/)
  })
})

describe('wrong input gets one sentence and exit code 64', () => {
  test.each([
    ['no map', ['mount', '/a', '/b'], /Say once where the map comes from/],
    ['two maps', ['mount', '/a', '/b', '--map', 'b:0:1:1', '--name', 'x'], /Say once where the map comes from/],
    ['a pid that is none', ['mount', '/a', '/b', '--passthrough', '1; rm'], /"1; rm" is no process number/],
    ['an unknown name', ['mount', '/a', '/b', '--name', 'web'], /there is no map web in .*; there are: none/],
    ['a bad name', ['maps', 'show', '../x'], /"\.\.\/x" cannot be the name of a map/],
    [
      'a kind of propagation',
      ['mount', '/a', '/b', '--map', 'b:0:1:1', '--propagation', 'wild'],
      /Allowed choices are private/,
    ],
    ['a map without gids', ['mount', '/a', '/b', '--map', 'u:0:1:1'], /gid: nothing is mapped; .*EINVAL since 6\.9/],
    ['a map without uids to be named', ['maps', 'add', 'web', 'g:0:1:1'], /uid: nothing is mapped/],
    ['a target that is not there', ['umount', '/no/such'], /^idmaplab: the target \/no\/such is not there: /],
    ['no target', ['mount', '/a'], /^idmaplab: missing required argument 'target'$/],
    [
      'an option that is none',
      ['umount', '/a', '--lazzy'],
      /^idmaplab: unknown option '--lazzy' \(Did you mean --lazy\?\)$/,
    ],
    ['nothing to unmount', ['umount', '/'], /is on no idmapped mount; umount\(8\) unmounts any other/],
  ])('%s', async (_, args, sentence) => {
    const { code, stdout, stderr } = await idmaplab(...args)
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(sentence)])
  })
})

describe('with a tmpfs', () => {
  beforeEach(() => {
    if (noIdmappedTmpfs !== undefined) return
    for (const name of ['source', 'target']) fs.mkdirSync(at(name))
    mountFilesystem(here(), { source: 'tmpfs', target: at('source'), type: 'tmpfs' })
    fs.writeFileSync(at('source/file'), '')
  })

  natively('mount shows it elsewhere with its ids mapped, umount takes that away', async () => {
    const mounted = await idmaplab('mount', 'source', 'target', '--map', 'b:0:100000:65536', '--ro', '--nosuid')
    expect(mounted).toEqual({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^source is at .*\/target \(tmpfs, ro,nosuid,.*idmapped\)\n$/),
    })
    expect(fs.statSync(at('target/file')).uid).toBe(100000)
    expect(await idmaplab('umount', 'target')).toMatchObject({ code: 0, stdout: `${at('target')} is unmounted\n` })
    expect(fs.existsSync(at('target/file'))).toBe(false)
  })

  natively('a map is named, listed, shown, mounted with and removed', async () => {
    const added = await idmaplab('maps', 'add', 'web', 'b:0:100000:10 u:10:5:1 g:10:6:1')
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^web is .*\/maps\/web-[0-9a-f]{12}\n$/) })
    const shown = await idmaplab('maps', 'show', 'web')
    expect(shown.stdout).toContain('  uid disk→host: 0..9→100000, 10→5\n  gid disk→host: 0..9→100000, 10→6\n')
    expect(JSON.parse((await idmaplab('maps', 'list', '--json')).stdout)).toEqual([
      expect.objectContaining({ name: 'web' }),
    ])
    const mounted = await idmaplab('mount', 'source', 'target', '--name', 'web', '--json')
    expect(JSON.parse(mounted.stdout)).toMatchObject({ mountPoint: at('target'), type: 'tmpfs', idmapped: true })
    expect(fs.statSync(at('target/file')).uid).toBe(100000)
    expect(await idmaplab('maps', 'remove', 'web')).toMatchObject({ code: 0, stdout: 'web is removed\n' })
    expect(await idmaplab('maps', 'list')).toMatchObject({ code: 0, stdout: 'there is no map\n' })
    expect(fs.statSync(at('target/file')).uid).toBe(100000)
  })

  natively('a refusal by the kernel is one sentence with the reason and exit code 2', async () => {
    const { code, stdout, stderr } = await idmaplab('mount', '/proc', 'target', '--map', 'b:0:1:1')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(
      /^idmaplab: the proc at \/proc does not allow idmapped mounts on Linux .* \(mount_setattr: EINVAL\)\n$/,
    )
  })

  natively('what is not there is told with its part in it, and exit code 64; nothing is mounted', async () => {
    const attempt = (...args: string[]) => idmaplab('mount', ...args, '--map', 'b:0:1:1')
    const ended = [
      await attempt('nowhere', 'target'),
      await attempt('source', 'nowhere'),
      await attempt('source/file', 'target'),
      await idmaplab('mount', 'source', 'target', '--passthrough', '4194305'),
    ]
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(ended.map(() => [64, '']))
    expect(ended.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      'idmaplab: the source nowhere is not there: make it, or mend the path (open_tree: ENOENT)',
      'idmaplab: the target nowhere is not there: make it, or mend the path (move_mount: ENOENT)',
      expect.stringMatching(/^idmaplab: the source source\/file is a file and the target target a directory: /),
      'idmaplab: there is no process 4194305, or it has ended (open: ENOENT)',
    ])
    expect(mountsBelow(directory.path)).toHaveLength(1)
  })

  natively('a name whose namespace has another map than was added ends with 1', async () => {
    await idmaplab('maps', 'add', 'web', 'b:0:100000:10')
    const [{ path: file }] = JSON.parse((await idmaplab('maps', 'list', '--json')).stdout)
    using other = createUserNamespace(both([0, 7, 1]))
    bindMount(here(), `/proc/self/fd/${other.fd}`, file)
    const { code, stdout, stderr } = await idmaplab('maps', 'show', 'web')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^idmaplab: .*holds another map than its name says/)
  })

  natively('an ordinary user is told which capability is missing, and where; exit code 2', async () => {
    fs.chmodSync(directory.path, 0o755)
    const asNobody = (...args: string[]) => {
      const command = [process.execPath, COMMAND, ...args]
      const ids = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--']
      const options = {
        cwd: directory.path,
        encoding: 'utf8',
        env: { ...process.env, IDMAPLAB_MAPS: at('maps') },
      } as const
      const { status, stderr } = spawnSync('setpriv', [...ids, ...command], options)
      return [status, stderr.trim()]
    }
    const missing =
      /^idmaplab: the caller has no CAP_SYS_ADMIN in the (initial user namespace|user namespace \d+), which owns the mount/
    expect(asNobody('mount', 'source', 'target', '--map', 'b:0:100000:10')).toEqual([2, expect.stringMatching(missing)])
    fs.mkdirSync(at('maps'), { mode: 0o777 })
    fs.chmodSync(at('maps'), 0o777)
    expect(asNobody('maps', 'add', 'web', 'b:0:100000:10')).toEqual([2, expect.stringMatching(missing)])
    const notOurs = /Process \d+ is not yours to look at \(E[A-Z]+\): that takes CAP_SYS_PTRACE in its user namespace/
    expect(asNobody('inspect', '--pid', String(process.pid))).toEqual([2, expect.stringMatching(notOurs)])
    const notOpened = /the caller may not look at process \d+: that takes CAP_SYS_PTRACE/
    expect(asNobody('mount', 'source', 'target', '--passthrough', String(process.pid))).toEqual([
      2,
      expect.stringMatching(notOpened),
    ])
  })
})

test.each([['mount'], ['umount'], ['maps', 'show']])(
  'idmaplab %s %s --help says what each exit code means',
  async (...args) => {
    const { code, stdout } = await idmaplab(...args.filter(arg => typeof arg === 'string'), '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Exit codes:\n {2}0 +done\n {2}1 .*\n {2}2 .*nothing has changed\n {2}64 /)
  },
)
