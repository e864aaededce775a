import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lockedPackages, readKernelLock, renderLock } from '../../../vm/kernel/lock.ts'
import { scratchDirectory } from '../cache/scratch.ts'

const KERNEL = {
  release: '6.12.107+deb13-cloud-amd64',
  suite: 'trixie',
  packages: [{ name: 'linux-image-6.12', version: '6.12.107-1', sha256: 'a'.repeat(64), bytes: 34402644 }],
  lost: [],
}

async function lockFile(text: string): Promise<string> {
  const file = join(await scratchDirectory(), 'kernels.lock')
  await writeFile(file, text)
  return file
}

test('a lock is read as it was written, whatever else was known of a kernel', async () => {
  const text = renderLock(new Map([['6.12', { ...KERNEL, version: 'x', modules: true }]]))
  const file = await lockFile(text)
  expect(await readKernelLock(file)).toEqual({ file, kernels: { '6.12': KERNEL } })
  expect(renderLock(new Map([['6.12', KERNEL]]))).toBe(text)
})

describe('a lock that is none is the mistake of the user, and the sentence says where', () => {
  const withKernel = (change: object) => JSON.stringify({ format: 1, kernels: { '6.12': { ...KERNEL, ...change } } })
  const withPackage = (change: object) => withKernel({ packages: [{ ...KERNEL.packages[0], ...change }] })
  test.each([
    ['', /it is not JSON/],
    ['{}', /at format: /],
    ['{"format":2,"kernels":{}}', /at format: .*1/],
    [withKernel({ packages: [] }), /at kernels\.6\.12\.packages: /],
    [withKernel({ suite: '../sid' }), /at kernels\.6\.12\.suite: /],
    [withKernel({ release: '../../x' }), /at kernels\.6\.12\.release: /],
    [withPackage({ name: 'linux/../x' }), /at kernels\.6\.12\.packages\.0\.name: /],
    [withPackage({ version: '1; rm' }), /at kernels\.6\.12\.packages\.0\.version: /],
    [withPackage({ sha256: 'abc' }), /at kernels\.6\.12\.packages\.0\.sha256: /],
    [withPackage({ bytes: 5e9 }), /at kernels\.6\.12\.packages\.0\.bytes: /],
  ])('%j', async (text, sentence) => {
    const file = await lockFile(text)
    await expect(readKernelLock(file)).rejects.toMatchObject({
      code: 'KERNEL_UNKNOWN',
      blame: 'user',
      message: expect.stringMatching(sentence),
    })
  })

  test('nothing, a directory, or far too large a file', async () => {
    const file = await lockFile(' '.repeat(2e6))
    await expect(readKernelLock(file)).rejects.toThrow(/it is no small regular file/)
    await expect(readKernelLock(join(file, '..'))).rejects.toThrow(/it is no small regular file/)
    await expect(readKernelLock(`${file}.none`)).rejects.toThrow(/there is no such file/)
  })
})

test('a kernel that the lock does not have is refused, and those it has are named', async () => {
  const lock = { file: 'k.lock', kernels: { '6.12': KERNEL } }
  expect(lockedPackages(lock, '6.12')).toBe(KERNEL)
  expect(() => lockedPackages(lock, '6.1')).toThrow(
    /The lock k\.lock .* has no kernel "6\.1", only 6\.12; .* -o k\.lock/,
  )
  expect(() => lockedPackages(lock, 'toString')).toThrow(/has no kernel "toString"/)
})
