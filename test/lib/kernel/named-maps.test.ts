import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { withFileLock } from '../../../lib/kernel/file-lock.ts'
import { idmapMount } from '../../../lib/kernel/idmapped-mount.ts'
import { bindMount, mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { NamedMaps } from '../../../lib/kernel/named-maps.ts'
import { UserNamespace } from '../../../lib/kernel/userns.ts'
import { both, mountsBelow, noIdmappedTmpfs, openDescriptors, testUnless } from './native.ts'

const natively = testUnless(noIdmappedTmpfs)
const KILLS = process.env.IDMAPLAB_SOAK ? 100 : 8
const numbered = (i: number) => both<'disk', 'host'>([0, 100000 + 1000 * i, 1000])

let directory: DirectoryResult
let registry: NamedMaps
const at = (name: string) => path.join(directory.path, name)

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  registry = new NamedMaps(at('maps'))
})
afterEach(async () => {
  for (const line of mountsBelow(directory.path).reverse()) unmount(here(), line.split(' ')[4] ?? '', { lazy: true })
  await directory.cleanup()
})

natively('a map has a name until it is removed, and the namespace it was made with all the time', async () => {
  const added = await registry.add('web', numbered(0))
  expect(added).toEqual({ name: 'web', hash: expect.stringMatching(/^[0-9a-f]{12}$/), path: expect.any(String) })
  expect(added.path).toBe(at(`maps/web-${added.hash}`))
  expect(registry.list()).toEqual([added])
  using namespace = registry.open('web')
  using again = UserNamespace.open(added.path)
  expect(again.inode).toBe(namespace.inode)
  expect(registry.read('web').uid.equals(numbered(0).uid)).toBe(true)
  await registry.remove('web')
  expect(registry.list()).toEqual([])
  expect(fs.readdirSync(at('maps'))).toEqual(['.lock'])
  expect(mountsBelow(directory.path)).toEqual([])
})

natively('a name given again for the same map is left as it is, for another map it is refused', async () => {
  const first = await registry.add('web', numbered(0))
  const inode = fs.statSync(first.path).ino
  expect(await registry.add('web', numbered(0))).toEqual(first)
  expect(fs.statSync(first.path).ino).toBe(inode)
  await expect(registry.add('web', numbered(1))).rejects.toMatchObject({ code: 'NAMED_MAP_EXISTS' })
  expect(registry.list()).toEqual([first])
})

for (const name of ['', '.', '..', 'a/b', '../up', '-x', 'a b', 'a\nb', 'é', 'x'.repeat(65)])
  natively(`${JSON.stringify(name).slice(0, 12)} can be no name`, async () => {
    await expect(registry.add(name, numbered(0))).rejects.toMatchObject({ code: 'NAMED_MAP_BAD_NAME', blame: 'user' })
    expect(() => registry.find(name)).toThrow(/cannot be the name of a map/)
    expect(fs.existsSync(at('maps'))).toBe(false)
  })

natively('names that begin alike are told apart', async () => {
  await registry.add('web', numbered(0))
  await registry.add('web-0123456789ab', numbered(1))
  expect(registry.list().map(({ name }) => name)).toEqual(['web', 'web-0123456789ab'])
  await registry.remove('web')
  expect(registry.read('web-0123456789ab').uid.lookup(0)).toBe(101000)
})

natively('a name nobody gave is unknown, and those there are are named', async () => {
  await registry.add('web', numbered(0))
  expect(() => registry.find('mail')).toThrow(`there is no map mail in ${at('maps')}; there are: web`)
  await expect(registry.remove('mail')).rejects.toMatchObject({ code: 'NAMED_MAP_UNKNOWN' })
})

natively('what a killed creator left is no entry, and is swept away by the next change', async () => {
  fs.mkdirSync(at('maps'))
  fs.writeFileSync(at('maps/web-0123456789ab'), '')
  fs.writeFileSync(at('maps/README'), 'not ours')
  expect(registry.list()).toEqual([])
  await registry.add('mail', numbered(0))
  expect(fs.readdirSync(at('maps')).filter(name => !name.startsWith('mail'))).toEqual(['.lock', 'README'])
})

natively('a namespace somebody else put under a name is told by its hash', async () => {
  const { path: file } = await registry.add('web', numbered(0))
  using other = await registry.add('mail', numbered(1)).then(() => registry.open('mail'))
  bindMount(here(), `/proc/self/fd/${other.fd}`, file)
  expect(() => registry.read('web')).toThrow(expect.objectContaining({ code: 'NAMED_MAP_FORGED' }))
  await registry.remove('web')
  expect(fs.existsSync(file)).toBe(false)
})

natively('many creators at once make each name once', async () => {
  const before = openDescriptors()
  const added = await Promise.all(Array.from({ length: 60 }, (_, i) => registry.add(`map${i % 6}`, numbered(i % 6))))
  expect(new Set(added.map(({ path: file }) => file)).size).toBe(6)
  expect(mountsBelow(directory.path)).toHaveLength(6)
  expect(openDescriptors()).toEqual(before)
})

natively('a lock that somebody keeps is an error that names it', async () => {
  let second: Promise<unknown> | undefined
  await withFileLock(at('lock'), 0, () => {
    second = withFileLock(at('lock'), 0, () => undefined)
    second.catch(() => undefined)
  })
  await expect(second).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining(at('lock')) })
  await withFileLock(at('lock'), 0, () => undefined)
})

natively(`creators killed at ${KILLS} random moments leave a registry that heals, and no half-made mount`, async () => {
  for (const name of ['source', 'target']) fs.mkdirSync(at(name))
  mountFilesystem(here(), { source: 'tmpfs', target: at('source'), type: 'tmpfs' })
  const script = await bundled('name-and-mount.ts')
  for (let kill = 0; kill < KILLS; kill++) {
    const creators = [0, 1].map(i => start(script, [at('maps'), at('source'), at('target'), `c${i}-`]))
    await Promise.all(creators.map(ready))
    // The wait is the point here: it is what makes the moment random.
    await new Promise(resolve => setTimeout(resolve, Math.random() * 20))
    for (const creator of creators) creator.kill('SIGKILL')
    await Promise.all(creators.map(creator => once(creator, 'close')))
    await expectHealed()
  }
})

async function expectHealed(): Promise<void> {
  for (const { name } of registry.list()) expect(registry.read(name).uid.size).toBe(1000)
  const { path: file } = await registry.add('after', numbered(7))
  idmapMount({ source: at('source'), target: at('target'), userns: file }).close()
  await registry.remove('after')
  const stale = fs.readdirSync(at('maps')).filter(name => name !== '.lock' && !isListed(name))
  expect(stale).toEqual([])
  for (const line of mountsBelow(directory.path).filter(mount => mount.includes(at('target')))) {
    expect(line).toMatch(/ ro,nosuid,noexec,.*idmapped /)
    unmount(here(), at('target'))
  }
}

const isListed = (file: string) => registry.list().some(entry => path.basename(entry.path) === file)

function start(script: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function ready(child: ChildProcess): Promise<void> {
  if (child.stdout) await once(child.stdout, 'data')
}

/** One file that Node starts in 50 ms, where tsx takes half a second. */
async function bundled(name: string): Promise<string> {
  const outfile = at('act.mjs')
  const entry = fileURLToPath(new URL(`acts/${name}`, import.meta.url))
  const koffi = import.meta.resolve('koffi')
  await build({
    ...{ entryPoints: [entry], bundle: true, platform: 'node', target: 'node20', format: 'esm', outfile },
    plugins: [
      {
        name: 'koffi',
        setup: ({ onResolve }) => onResolve({ filter: /^koffi$/ }, () => ({ path: koffi, external: true })),
      },
    ],
  })
  return outfile
}
