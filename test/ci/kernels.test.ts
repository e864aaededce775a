import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderKernels } from '../../ci/kernels.ts'
import type { KnownKernel } from '../../vm/kernel/inventory.ts'
import { scratchDirectory } from '../vm/cache/scratch.ts'
import { cacheWith } from '../vm/kernel/cached.ts'
import { type Ended, runCommand } from './run-command.ts'

async function idmaplab(args: readonly string[], cache: string, environment = {}): Promise<Ended> {
  return runCommand(args, await scratchDirectory(), { IDMAPLAB_CACHE: cache, ...environment })
}

const known: KnownKernel[] = [
  {
    name: '6.12',
    suites: ['trixie'],
    default: true,
    matrix: true,
    cached: true,
    version: '6.12.107+deb13-cloud-amd64',
    bytes: 35_400_000,
    config: { USER_NS: 'y', VFAT_FS: 'm' },
  },
  {
    name: '7.1',
    suites: ['trixie-backports'],
    default: false,
    matrix: false,
    cached: true,
    version: '7.1.13',
    bytes: 14e6,
    note: 'Modules are gone.',
  },
  { name: '7.2', suites: ['sid', 'forky'], default: false, matrix: true, cached: false },
]

test('a line tells of each kernel where it is, and what must be known; a table what the configurations have', () => {
  const lines = renderKernels(known).split('\n')
  expect(lines.slice(0, 7)).toEqual([
    '6.12  trixie            6.12.107+deb13-cloud-amd64, 35 MB in the cache  (default, usual)',
    '7.1   trixie-backports  7.1.13, 14 MB in the cache',
    '    Modules are gone.',
    '7.2   sid, forky        fetched when first used  (usual)',
    '',
    'What their configurations have: y built in, m a module, - neither.',
    '                    6.12.107',
  ])
  expect(lines).toContain('USER_NS             y')
  expect(lines).toContain('VFAT_FS             m')
  expect(lines).toContain('KASAN               -')
})

test('without any kernel in the cache there is no table', () => {
  expect(renderKernels(known.slice(2))).toBe('7.2  sid, forky  fetched when first used  (usual)\n')
})

describe('the command', () => {
  test('lists when no word says otherwise, as text or as JSON', async () => {
    const { dir } = await cacheWith('6.12')
    const listed = await idmaplab(['kernels', '--json'], dir)
    const kernels = JSON.parse(listed.stdout) as KnownKernel[]
    expect(kernels.filter(({ cached }) => cached).map(({ name }) => name)).toEqual(['6.12'])
    const text = await idmaplab(['kernels', 'list'], dir)
    expect(text.stdout).toMatch(/^6\.12 .* 6\.12\.107-cloud-amd64, \d+ MB in the cache {2}\(default, usual\)$/m)
  })

  test('locks what the cache has, to a file or to standard output, and fetches what a lock says, all without a network', async () => {
    const { dir } = await cacheWith('6.12', '6.1')
    const file = path.join(await scratchDirectory(), 'k.lock')
    const written = await idmaplab(['kernels', 'lock', '--kernels', '6.12,6.1', '-o', file], dir)
    expect(written).toEqual({ code: 0, stdout: '', stderr: '' })
    const shown = await idmaplab(['kernels', 'lock', '--kernels', '6.12,6.1'], dir)
    expect(shown.stdout).toBe(fs.readFileSync(file, 'utf8'))
    const fetched = await idmaplab(['kernels', 'fetch', '--kernels-lock', file], dir)
    expect(fetched).toEqual({ code: 0, stdout: '6.12  6.12.107-cloud-amd64\n6.1  6.1.0-50-cloud-amd64\n', stderr: '' })
  })

  test('removes by name, and what is removed is no longer listed', async () => {
    const { dir } = await cacheWith('6.12', '6.1')
    const removed = await idmaplab(['kernels', 'rm', '6.12'], dir)
    expect(removed).toEqual({ code: 0, stdout: 'removed 6.12.107-cloud-amd64\n', stderr: '' })
    expect(fs.readdirSync(path.join(dir, 'kernels'))).toHaveLength(1)
    expect((await idmaplab(['kernels', 'rm', '--all'], dir)).stdout).toBe('removed 6.1.0-50-cloud-amd64\n')
  })

  test('gets nothing when one of several is none', async () => {
    const { dir } = await cacheWith('6.12')
    const file = path.join(await scratchDirectory(), 'no-kernel')
    fs.writeFileSync(file, 'a text')
    const { code, stdout, stderr } = await idmaplab(['kernels', 'fetch', `host,${file}`], dir)
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toMatch(/no-kernel cannot be booted: it is a text file/)
  })

  test('gets the others when one of several cannot be had, and ends with 2', async () => {
    const { dir } = await cacheWith('6.12')
    const unreachable = { IDMAPLAB_MIRROR: 'file:/nowhere/debian' }
    const { code, stdout, stderr } = await idmaplab(['kernels', 'fetch', '7.2,host'], dir, unreachable)
    expect(code).toBe(2)
    expect(stdout).toMatch(/^host {2}\d/)
    expect(stderr).toContain('offers no kernel 7.2 any more.')
  })

  test.each([
    ['rm without a name', ['rm'], /kernels rm needs the names/],
    ['rm with names and --all', ['rm', '6.1', '--all'], /not both/],
    ['rm of what is not there', ['rm', '9.9'], /There is no kernel "9\.9" in the cache/],
    ['a kernel that cannot be', ['fetch', '6.1,huh'], /There is no kernel "huh" here/],
    ['an empty list', ['lock', '--kernels', ''], /has an empty place/],
    ['a lock of what cannot be locked', ['lock', '--kernels', 'host'], /host is no kernel of Debian’s archive/],
    [
      'a lock that is not there',
      ['fetch', '--kernels-lock', '/nowhere/k.lock'],
      /The lock \/nowhere\/k\.lock .*no such file/,
    ],
    ['an unknown word', ['burn'], /There is no "kernels burn"; there are list, fetch, rm and lock\./],
  ])('%s is wrong input: one sentence and 64', async (_, words, sentence) => {
    const { code, stdout, stderr } = await idmaplab(['kernels', ...words], await scratchDirectory())
    expect(code).toBe(64)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(sentence)])
  })
})
