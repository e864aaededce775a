import { createReadStream } from 'node:fs'
import { appendFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sha256OfFile } from '../../../vm/cache/fingerprint.ts'
import { openApt } from '../../../vm/debian/apt.ts'
import type { KernelLock } from '../../../vm/kernel/lock.ts'
import { lockedKernel, lockKernels } from '../../../vm/kernel/locked.ts'
import { parseKernelSpec } from '../../../vm/kernel/spec.ts'
import { type Progress, silent } from '../../../vm/progress.ts'
import { scratchCache, scratchDirectory } from '../cache/scratch.ts'
import { type MadeUpSuite, madeUpArchive, makeDeb, splitKernel, wholeKernel } from './made-up.ts'

const SHA1 = 'b'.repeat(40)
const DEBS = wholeKernel('6.12.43-cloud-amd64', '6.12.43-1')

/** A lock of one whole kernel, and its package. */
async function lockOfOne(): Promise<{ readonly lock: KernelLock; readonly deb: string }> {
  const [made] = DEBS
  if (made === undefined) throw new Error('there is one')
  const deb = await makeDeb(await scratchDirectory(), made)
  const { name, version } = made
  const packages = [{ name, version, sha256: await sha256OfFile(deb), bytes: (await stat(deb)).size }]
  const kernel = { release: '6.12.43-cloud-amd64', suite: 'trixie', packages, lost: [] }
  return { lock: { file: 'k.lock', kernels: { '6.12': kernel } }, deb }
}

/** An archive of the past that answers these paths, as text or as a file; gives what it was asked. */
async function snapshotArchive(
  answers: Readonly<Record<string, string | { readonly file: string }>>,
): Promise<string[]> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    asked.push(path)
    const answer = answers[path]
    if (answer === undefined) response.writeHead(404).end()
    else if (typeof answer === 'string') response.end(answer)
    else createReadStream(answer.file).pipe(response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  vi.stubEnv('IDMAPLAB_SNAPSHOT_ARCHIVE', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  return asked
}

const BINFILES = '/mr/binary/linux-image-6.12.43-cloud-amd64/6.12.43-1/binfiles'
const LISTED = JSON.stringify({
  result: [
    { architecture: 'arm64', hash: 'c'.repeat(40) },
    { architecture: 'amd64', hash: SHA1 },
  ],
})

/** The mirror's suites are made up; files by their URI are fetched by the real apt. */
async function stage(suites: Readonly<Record<string, MadeUpSuite>>) {
  const cache = await scratchCache()
  const madeUp = madeUpArchive(await scratchDirectory(), suites)
  const archive: typeof openApt = async (...where) => {
    const { downloadFile } = await openApt(...where)
    return { ...(await madeUp(...where)), downloadFile }
  }
  const notes: string[] = []
  const progress: Progress = { ...silent, note: line => notes.push(line) }
  const fetch = (lock: KernelLock) => lockedKernel(parseKernelSpec('6.12'), lock, { cache, progress }, archive)
  return { cache, notes, fetch }
}

describe('a locked kernel', () => {
  test('comes from the mirror while that has it', async () => {
    const { lock } = await lockOfOne()
    const asked = await snapshotArchive({})
    const { fetch, notes } = await stage({ trixie: { there: DEBS } })
    expect(await fetch(lock)).toMatchObject({ name: '6.12', version: '6.12.43-cloud-amd64' })
    expect([asked, notes]).toEqual([[], []])
  })

  const LOST = 'no longer has linux-image-6.12.43-cloud-amd64 6.12.43-1'
  test.each<[string, Readonly<Record<string, MadeUpSuite>>, string]>([
    ['offers a newer one', { trixie: { there: wholeKernel('6.12.94-cloud-amd64', '6.12.94-1') } }, LOST],
    ['names it but has lost it', { trixie: { gone: DEBS } }, LOST],
    [
      'has another package of that version',
      { trixie: { there: DEBS.map(deb => ({ ...deb, files: { ...deb.files, extra: '' } })) } },
      'has linux-image-6.12.43-cloud-amd64 6.12.43-1 with another SHA-256 than the lock',
    ],
    ['has no such suite any more', {}, LOST],
  ])('comes from the snapshot archive when the mirror %s', async (_, suites, why) => {
    const { lock, deb } = await lockOfOne()
    const asked = await snapshotArchive({ [BINFILES]: LISTED, [`/file/${SHA1}`]: { file: deb } })
    const { fetch, notes } = await stage(suites)
    expect(await fetch(lock)).toMatchObject({ name: '6.12', version: '6.12.43-cloud-amd64' })
    expect(asked).toEqual([BINFILES, `/file/${SHA1}`])
    expect(notes).toEqual([`Debian trixie ${why}: it is looked for in the snapshot archive.`])
  })

  test('is not looked for when the cache has it', async () => {
    const { lock, deb } = await lockOfOne()
    const asked = await snapshotArchive({ [BINFILES]: LISTED, [`/file/${SHA1}`]: { file: deb } })
    const { fetch } = await stage({})
    expect(await fetch(lock)).toEqual(await fetch(lock))
    expect(asked).toHaveLength(2)
  })

  test('is refused when the snapshot archive gives other bytes, and nothing of it stays', async () => {
    const { lock } = await lockOfOne()
    const other = await makeDeb(await scratchDirectory(), { name: 'evil', version: '1', files: {} })
    await snapshotArchive({ [BINFILES]: LISTED, [`/file/${SHA1}`]: { file: other } })
    const { fetch, cache } = await stage({})
    await expect(fetch(lock)).rejects.toMatchObject({
      code: 'PACKAGE_FETCH',
      message: expect.stringContaining('Hash Sum mismatch'),
    })
    await expect(stat(join(cache.dir, 'kernels'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('is refused when the snapshot archive sends more than was locked', async () => {
    const { lock, deb } = await lockOfOne()
    await appendFile(deb, Buffer.alloc(5e6))
    await snapshotArchive({ [BINFILES]: LISTED, [`/file/${SHA1}`]: { file: deb } })
    await expect((await stage({})).fetch(lock)).rejects.toMatchObject({
      code: 'PACKAGE_FETCH',
      message: expect.stringMatching(
        /^The snapshot archive http:\S+ did not give linux-image-6\.12\.43-cloud-amd64 6\.12\.43-1: /,
      ),
    })
  })

  test.each([
    ['does not have it', {}, /404/],
    ['answers nonsense', { [BINFILES]: '<html>' }, /not the list of files that its interface promises/],
    [
      'answers a hash that is none',
      { [BINFILES]: '{"result":[{"architecture":"amd64","hash":"../x"}]}' },
      /not the list of files/,
    ],
    ['has it for another architecture', { [BINFILES]: '{"result":[]}' }, /but not for amd64/],
    ['sends an endless list', { [BINFILES]: ' '.repeat(3e6) }, /did not give/],
    ['has lost the file', { [BINFILES]: LISTED }, new RegExp(`file/${SHA1} .*404`)],
  ])('is refused in one sentence when the snapshot archive %s', async (_, answers, sentence) => {
    const { lock } = await lockOfOne()
    await snapshotArchive(answers)
    await expect((await stage({})).fetch(lock)).rejects.toMatchObject({
      code: 'PACKAGE_FETCH',
      message: expect.stringMatching(sentence),
    })
  })

  test('is refused in one sentence when the snapshot archive cannot be reached', async () => {
    const { lock } = await lockOfOne()
    vi.stubEnv('IDMAPLAB_SNAPSHOT_ARCHIVE', 'http://127.0.0.1:1')
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    await expect((await stage({})).fetch(lock)).rejects.toThrow(
      /^The snapshot archive http:\/\/127\.0\.0\.1:1 did not give .*(?:Could not connect|Unable to connect).*; IDMAPLAB_SNAPSHOT_ARCHIVE can name another one\.$/,
    )
  })
})

describe('locking', () => {
  test('writes down the packages to the byte, and the lock gives the very same kernel', async () => {
    const there = splitKernel('7.2.13-cloud-amd64', '7.2.13-1')
    const archive = madeUpArchive(await scratchDirectory(), { sid: { there } })
    const context = { cache: await scratchCache(), progress: silent }
    const locked = await lockKernels([parseKernelSpec('7.2')], context, archive)
    expect([...locked.keys()]).toEqual(['7.2'])
    expect(locked.get('7.2')).toMatchObject({
      release: '7.2.13-cloud-amd64',
      suite: 'sid',
      packages: there.map(({ name, version }) => ({ name, version, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })),
    })
    const lock = { file: 'k.lock', kernels: Object.fromEntries(locked) }
    const elsewhere = { ...context, cache: await scratchCache() }
    const again = await lockedKernel(parseKernelSpec('7.2'), lock, elsewhere, archive)
    const first = await lockedKernel(parseKernelSpec('7.2'), lock, context, archive)
    expect(again.id).toBe(first.id)
  })

  test.each(['host', './bzImage'])('%s is refused: only packages of the archive can be locked', async name => {
    const context = { cache: await scratchCache(), progress: silent }
    await expect(lockKernels([parseKernelSpec(name)], context)).rejects.toMatchObject({
      code: 'KERNEL_UNUSABLE',
      blame: 'user',
    })
  })
})
