import { execFile } from 'node:child_process'
import { cp, mkdir, open, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCache } from '../../vm/cache/cache.ts'
import { gather } from '../../vm/guest/ingredients.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'
import { madeReady } from './ready.ts'

await madeReady('6.12')

// A cache of its own, with the usual one's kernel and root image in it, and no snapshot.
let place: string
let remove: () => Promise<void>

beforeAll(async () => {
  const temporary = await temporaryDirectory({ unsafeCleanup: true })
  place = temporary.path
  remove = temporary.cleanup
  const cache = await openCache()
  const kernel = await resolveKernel('6.12', { cache, progress: silent })
  const { root } = await gather(kernel, 'tcg', { cache, progress: silent })
  for (const entry of [path.dirname(kernel.image), path.dirname(root.image), path.join(cache.dir, 'series')]) {
    const there = path.join(place, path.relative(cache.dir, entry))
    await mkdir(path.dirname(there), { recursive: true })
    await cp(entry, there, { recursive: true })
  }
}, 120_000)
afterAll(() => remove())

type Said = { readonly notes: string[]; readonly booted: number; readonly restored: number }

function openGuests(count = 1, variables: Record<string, string> = {}): Promise<Said> {
  return said('open-guests.ts', String(count), variables)
}

// A process of its own: what a process has used stays for as long as it lives.
async function said<T>(name: string, argument: string, variables: Record<string, string> = {}): Promise<T> {
  const script = fileURLToPath(new URL(name, import.meta.url))
  const env = { ...process.env, IDMAPLAB_CACHE: place, ...variables }
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, argument], { env })
  return JSON.parse(stdout)
}

async function entryFile(kind: string, name: string): Promise<string> {
  const entries = await readdir(path.join(place, kind))
  expect(entries).toHaveLength(1)
  return path.join(place, kind, entries[0] ?? '', name)
}

async function flipInTheMiddle(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  const { size } = await handle.stat()
  const at = Math.floor(size / 2)
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at)
}

it('two processes that need the same snapshot at once make it once, and both restore it', async () => {
  const both = await Promise.all([openGuests(), openGuests()])
  expect(both.map(({ notes, restored }) => [notes, restored])).toEqual([
    [[], 1],
    [[], 1],
  ])
  expect(both.map(({ booted }) => booted).sort()).toEqual([0, 1])
  for (const kind of ['booted', 'snapshots']) expect(await readdir(path.join(place, kind))).toHaveLength(1)
}, 180_000)

it.each([
  ['the memory with one bit flipped', 'ram', flipInTheMiddle],
  ['the memory cut short', 'ram', (file: string) => truncate(file, 100 << 20)],
  ['the state with one bit flipped', 'state', flipInTheMiddle],
  ['the state cut short', 'state', (file: string) => truncate(file, 1000)],
])(
  '%s is noticed before it is used, said in one sentence, and made again, for which nothing is booted',
  async (_, name, spoil) => {
    await spoil(await entryFile('snapshots', name))
    const mended = await openGuests()
    expect(mended).toMatchObject({ booted: 0, restored: 1 })
    expect(mended.notes).toEqual([expect.stringMatching(`^Damaged in the cache.*${name}: it`)])
    expect(await openGuests()).toMatchObject({ booted: 0, notes: [] })
  },
  180_000,
)

it('a damaged guest that was booted is noticed when it is needed, and booted again', async () => {
  await flipInTheMiddle(await entryFile('booted', 'ram'))
  expect(await openGuests()).toMatchObject({ booted: 0, notes: [] })
  await rm(path.join(place, 'snapshots'), { recursive: true })
  const mended = await openGuests()
  expect(mended).toMatchObject({ booted: 1, restored: 1 })
  expect(mended.notes).toEqual([expect.stringMatching('^Damaged in the cache.*/booted/.*ram: its bytes have changed')])
}, 180_000)

it('an edited agent goes into the guest that was booted before; of one kernel two agents are kept', async () => {
  const edited = (text: string) => said<string[]>('edited-agent.ts', text)
  const sent = [expect.stringMatching(/^send the agent into Linux 6\.12/)]
  for (const text of ['// once', '// twice']) expect(await edited(text)).toEqual(sent)
  expect(await readdir(path.join(place, 'snapshots'))).toHaveLength(2)
  expect(await edited('// twice')).toEqual([])
  expect(await edited('')).toEqual(sent)
}, 180_000)

it('an initramfs with one bit flipped is made again, and the snapshot, which no longer needs it, stays', async () => {
  await flipInTheMiddle(await entryFile('initramfs', 'initramfs.cpio'))
  const mended = await openGuests()
  expect(mended).toMatchObject({ booted: 0, restored: 1 })
  expect(mended.notes).toEqual([expect.stringContaining('initramfs.cpio: its bytes have changed')])
}, 180_000)

it('where QEMU cannot freeze the machine every guest boots, and it is said once', async () => {
  const tools = path.join(place, 'tools')
  await mkdir(tools)
  // An NVMe disk cannot be migrated.
  const unmovable = '-blockdev driver=null-co,node-name=stays -device nvme,serial=stays,drive=stays'
  const script = `#!/bin/sh\nexec "${await qemuProgram()}" "$@" ${unmovable}\n`
  await writeFile(path.join(tools, 'qemu-system-x86_64'), script, { mode: 0o755 })
  const said = await openGuests(2, { PATH: `${tools}:${process.env.PATH}` })
  expect(said).toMatchObject({ restored: 0 })
  expect(said.notes).toEqual([
    expect.stringMatching(
      /^No snapshot can be made: .*nvme.* Guests of Linux 6\.12\S* boot instead, which takes longer\.$/,
    ),
  ])
}, 180_000)

async function qemuProgram(): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v qemu-system-x86_64'])
  return stdout.trim()
}
