import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readMapOption } from '../../ci/map-option.ts'
import { here } from '../../lib/kernel/caller.ts'
import { mountFilesystem, unmount } from '../../lib/kernel/mount.ts'
import { mountsBelow, noIdmappedTmpfs, testUnless } from '../lib/kernel/native.ts'

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
})
