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
    ['', 'it is empty'],
    ['{"format": 1', "it is no JSON: line 1, column 13: expected ',' or '}', found the end"],
    ['{\n<<<<<<< HEAD\n', "it is no JSON: line 2, column 1: expected a string, found '<<<<<<<'"],
    ['{}', '"format" is missing'],
    ['[1]', 'expected an object, found a list'],
    ['7', 'expected an object, found 7'],
    ['{"format":2,"kernels":{}}', 'at format: expected 1, found 2'],
    ['{"format":1,"kernels":[]}', 'at kernels: expected an object, found an empty list'],
    ['{"format":1,"kernels":{},"more":1}', 'there is no place for "more"'],
    ['{"format":1,"kernels":{"constructor":1}}', 'at kernels.constructor: expected an object, found 1'],
    [withKernel({ lost: 'none' }), 'at kernels["6.12"].lost: expected a list, found "none"'],
    [withKernel({ packages: [] }), 'at kernels["6.12"].packages: expected one package at least, found an empty list'],
    [withKernel({ suite: '../sid' }), 'at kernels["6.12"].suite: expected a suite such as trixie, found "../sid"'],
    [
      withKernel({ release: '../../x' }),
      'at kernels["6.12"].release: expected a release as uname -r says it, found "../../x"',
    ],
    [
      withPackage({ name: 'linux/../x' }),
      'at kernels["6.12"].packages[0].name: expected the name of a package such as linux-image-…, found "linux/../x"',
    ],
    [
      withPackage({ version: '1; rm' }),
      'at kernels["6.12"].packages[0].version: expected a version such as 6.12.107-1, found "1; rm"',
    ],
    [
      withPackage({ sha256: 'abc' }),
      'at kernels["6.12"].packages[0].sha256: expected a SHA-256 in 64 hex digits, found "abc"',
    ],
    [
      withPackage({ bytes: 5e9 }),
      'at kernels["6.12"].packages[0].bytes: expected a size in bytes, to 2 GB, found 5000000000',
    ],
  ])('%j', async (text, why) => {
    const file = await lockFile(text)
    await expect(readKernelLock(file)).rejects.toMatchObject({
      code: 'KERNEL_UNKNOWN',
      blame: 'user',
      message: `The lock ${file} cannot be held to: ${why}; idmaplab kernels lock -o ${file} writes one.`,
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
