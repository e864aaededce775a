import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, runCommand } from './run-command.ts'

let directory: DirectoryResult

beforeAll(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => directory.cleanup())

const IDMAPLAB = fileURLToPath(new URL('../../ci/idmaplab.mjs', import.meta.url))

function idmaplab(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return runCommand(args, directory.path, { IDMAPLAB_CACHE: path.join(directory.path, 'cache'), ...environment })
}

const lines = (output: string) => output.split('\n').filter(line => line.trim() !== '')

describe('wrong input gets one sentence, exit code 64 and no stack trace', () => {
  test.each([
    [
      'an unknown scenario',
      ['run', 'nope'],
      /^idmaplab: There is no scenario "nope"; there are: .*vfat-usb-stick.*\.$/,
    ],
    ['an unknown file system', ['run', '--fs', 'nope'], /^idmaplab: None of these scenarios is about "nope"/],
    ['an unknown accelerator', ['run', '--accel', 'warp'], /'warp' is invalid.*auto, kvm, tcg/],
    ['an unknown thing to break', ['run', '--break', 'everything'], /'everything' is invalid/],
    ['an unknown option', ['run', '--nope'], /unknown option '--nope'/],
    ['an unknown command', ['nope'], /unknown command 'nope'/],
    ['a mistyped command', ['rnu'], /^idmaplab: unknown command 'rnu' \(Did you mean run\?\)$/],
    [
      'help on an unknown command',
      ['help', 'rnu'],
      /^idmaplab: idmaplab has no command "rnu"; there are: run, matrix, /,
    ],
    ['help on what is below no command', ['help', 'run', 'x'], /^idmaplab: run has no command "x"; it has none\.$/],
    ['no rounds at all', ['run', '--repeat', '0'], /argument '0' is invalid\. Expected a whole number from 1 on\./],
    ['a part of a guest', ['run', '--jobs', '1.5'], /argument '1\.5' is invalid/],
    ['no time', ['run', '--timeout', '0'], /argument '0' is invalid\. Expected a number above 0\./],
    ['no retries', ['run', '--retry', '-1'], /argument '-1' is invalid/],
    ['a kernel twice', ['run', '--kernel', '6.1,6.1'], /^idmaplab: The list of kernels "6\.1,6\.1" names "6\.1" twice/],
    [
      'an unknown kernel among others',
      ['matrix', '--kernels', '6.1,nope'],
      /^idmaplab: There is no kernel "nope" here/,
    ],
    [
      'a filter that leaves nothing',
      ['run', '--filter', 'nope'],
      /--filter "nope" leaves none of these scenarios: .*vfat/,
    ],
    ['a filter that is no expression', ['matrix', '--filter', '/(/'], /--filter "\/\(\/" is no regular expression/],
    ['a shard that is none', ['run', '--shard', '3/2'], /^idmaplab: --shard "3\/2" is no part of a run: expected i\/n/],
    [
      'durations for no shards',
      ['run', '--durations', 'x'],
      /^idmaplab: --durations says how to cut a run into shards/,
    ],
    ['durations that are not there', ['run', '--shard', '1/2', '--durations', 'x'], /--durations x cannot be read/],
    [
      'modules for kernels that bring theirs',
      ['run', '--modules', '/x'],
      /--modules goes with a kernel image of your own/,
    ],
    ['a lock that is not there', ['matrix', '--kernels-lock', 'x'], /^idmaplab: The lock x cannot be held to/],
    ['a size that is none', ['cache', 'prune', '--max-size', '12x'], /^idmaplab: --max-size "12x" is no size/],
    [
      'a size that leaves nothing',
      ['cache', 'prune', '--max-size', '0'],
      /^idmaplab: --max-size 0 would remove all there is: idmaplab cache rm --all does/,
    ],
    ['nothing to remove', ['cache', 'rm'], /^idmaplab: Say what to remove: KIND, KIND\/KEY .*--all\.$/],
    [
      'a thing the cache does not have',
      ['cache', 'rm', 'nope'],
      /^idmaplab: "nope" is no kind of what the cache has, which is: nothing at all \(idmaplab cache ls\)\.$/,
    ],
    [
      'a key the cache does not have',
      ['cache', 'rm', 'kernels/nope'],
      /^idmaplab: The cache has no "kernels\/nope" \(idmaplab cache ls\)\.$/,
    ],
    ['a shell without a terminal', ['shell', '--attach', '/nowhere/guest.sock'], /^idmaplab: A shell needs a terminal/],
    [
      'an unknown file system for a shell',
      ['shell', '--fs', 'ext4,nope', '--', 'true'],
      /--fs "nope" is none of ext4, vfat, overlay/,
    ],
    [
      'two things to set up',
      ['shell', '--fs', 'ext4', '--scenario', 'x'],
      /--fs and --scenario both say what the guest has/,
    ],
    ['an unknown scenario for a shell', ['shell', '--scenario', 'nope', '--', 'true'], /There is no scenario "nope"/],
    ['an option without its value', ['run', '--kernel'], /argument missing/],
    ['a map in no dialect', ['map', 'check', 'nonsense'], /^idmaplab: the argument is in no dialect/],
    [
      'a map that breaks off',
      ['map', 'convert', '--from', 'lxc', '--to', 'kernel', 'u 0 1'],
      /line 1, column 6: expected a count/,
    ],
    [
      'a map without the other half of the question',
      ['map', 'resolve', '--container', 'b 0 1 1'],
      /'--mount <input>' not specified/,
    ],
  ])('%s', async (_, args, sentence) => {
    const { code, stdout, stderr } = await idmaplab(args)
    expect(code).toBe(64)
    expect(stdout).toBe('')
    expect(lines(stderr)).toEqual([expect.stringMatching(sentence)])
  })
})

test('a map the kernel would refuse ends with 1, and says so in JSON on stdout when asked', async () => {
  const question = ['map', 'resolve', '--container', 'b 0 100000 65536', '--mount', 'u:1005:100007:1']
  const { code, stdout, stderr } = await idmaplab(question)
  expect([code, stdout]).toEqual([1, ''])
  expect(lines(stderr)).toEqual([expect.stringMatching(/^refused: uid: disk id 100007 is wanted twice/)])
  const asJson = await idmaplab([...question, '--json'])
  expect(asJson).toMatchObject({ code: 1, stderr: '' })
  expect(JSON.parse(asJson.stdout)).toMatchObject({ refused: [{ code: 'IDMAP_OVERLAP' }] })
})

test.each([
  ['--help'],
  ['run', '--help'],
  ['matrix', '--help'],
  ['cache', '--help'],
  ['cache', 'prune', '--help'],
  ['shell', '--help'],
  ['doctor', '--help'],
  ['kernels', '--help'],
  ['map', '--help'],
  ['help'],
  ['help', 'run'],
  ['help', 'cache', 'prune'],
])('idmaplab %s %s shows how it is used, on stdout, and ends well', async (...args) => {
  const { code, stdout, stderr } = await idmaplab(args.filter(arg => typeof arg === 'string'))
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Usage: idmaplab/)
  expect(stderr).toBe('')
})

test.each(['--version', '-V'])('idmaplab %s prints the version, and ends well', async option => {
  const { version } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await idmaplab([option])).toEqual({ code: 0, stdout: `idmaplab ${version}\n`, stderr: '' })
})

test.each([
  ['cache', 'prune'],
  ['kernels', 'lock'],
])('help %s %s shows what --help of that command does', async (...words) => {
  const [asked, option] = await Promise.all([idmaplab(['help', ...words]), idmaplab([...words, '--help'])])
  expect(asked).toEqual(option)
})

test('without a word of what to do it shows how it is used, and ends with 64', async () => {
  const { code, stderr } = await idmaplab([])
  expect(code).toBe(64)
  expect(stderr).toMatch(/^Usage: idmaplab/)
})

test.each(['run', 'matrix'])('idmaplab %s --help says what its exit codes mean', async command => {
  const { stdout } = await idmaplab([command, '--help'])
  for (const code of ['0 ', '1 ', '2 ', '64 ', '130 143 ']) expect(stdout).toContain(`\n  ${code}`)
})

test.each([['run', 'vfat-usb-stick'], ['kernels']])(
  'a cache that cannot be one is a sentence that says what to set, and exit code 2 (%s)',
  async (...args) => {
    const file = path.join(directory.path, 'a-file')
    fs.writeFileSync(file, 'not a directory')
    const { code, stdout, stderr } = await idmaplab(
      args.filter(arg => typeof arg === 'string'),
      { IDMAPLAB_CACHE: file },
    )
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^\s*idmaplab: The cache .*a-file cannot be used: .*IDMAPLAB_CACHE/)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(fs.readFileSync(file, 'utf8')).toBe('not a directory')
  },
)

describe('a kernel that cannot be is the user’s error before anything runs, however it is listed', () => {
  const nowhere = '/nowhere/bzImage'
  test.each([
    ['alone', ['run', 'vfat-usb-stick', '--kernel', nowhere]],
    ['among others', ['run', 'vfat-usb-stick', '--kernel', `6.12,${nowhere}`]],
    ['first of others', ['matrix', '--kernels', `${nowhere},6.12`]],
    ['to be fetched', ['kernels', 'fetch', '6.12', nowhere]],
  ])('%s', async (_, args) => {
    const report = path.join(directory.path, 'report.json')
    const reporting = args[0] === 'kernels' ? [] : ['--reporter', `json=${report}`]
    const { code, stdout, stderr } = await idmaplab([...args, ...reporting])
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toMatch(/^idmaplab: The kernel \/nowhere\/bzImage cannot be read: there is no such file.*\n$/)
    expect(fs.existsSync(report)).toBe(false)
  })

  test('a file that is no kernel', async () => {
    const file = path.join(directory.path, 'bzImage')
    fs.writeFileSync(file, 'this is a text\n')
    const { code, stderr } = await idmaplab(['run', 'vfat-usb-stick', '--kernel', `6.12,${file}`])
    expect(code).toBe(64)
    expect(lines(stderr)).toEqual([expect.stringContaining(file)])
  })
})

test('what is in the cache is listed and removed, as one JSON document when asked; what is not used goes first', async () => {
  const cache = path.join(directory.path, 'filled')
  for (const [key, day] of [
    ['old', 1],
    ['young', 2],
  ] as const) {
    fs.mkdirSync(path.join(cache, 'things', key), { recursive: true })
    fs.writeFileSync(path.join(cache, 'things', key, 'content'), Buffer.alloc(50_000, 1))
    fs.utimesSync(path.join(cache, 'things', key), day, day)
  }
  const run = (...args: string[]) => idmaplab(['cache', ...args], { IDMAPLAB_CACHE: cache })
  const { entries } = JSON.parse((await run('ls', '--json')).stdout)
  expect(entries).toMatchObject([{ kind: 'things', key: 'old', usedBy: [] }, { key: 'young' }])
  expect((await run('rm', 'old')).stderr).toBe(
    'idmaplab: Say things/old: a key stands behind its kind (idmaplab cache ls).\n',
  )
  const [header, first] = lines((await run('ls')).stdout)
  expect(header).toMatch(/^ +SIZE {2}LAST USED \(UTC\) +KIND\/KEY +WHAT$/)
  expect(first).toMatch(/things\/old +left by another version of idmaplab$/)
  const pruned = await run('prune', '--max-size', '80k')
  expect([pruned.code, lines(pruned.stdout)[0]]).toEqual([
    0,
    expect.stringMatching(/^removed {2}things\/old {2}\d+ kB$/),
  ])
  const gone = await run('rm', 'things/young', '--json')
  expect(JSON.parse(gone.stdout)).toMatchObject({ removed: [{ key: 'young' }], inUse: [], bytes: 0 })
  expect(lines((await run('ls')).stdout)).toEqual([`0 B in ${cache}`])
})

test('the doctor says of this machine what it has and lacks, as one JSON document when asked', async () => {
  const { code, stdout } = await idmaplab(['doctor', '--json'])
  const { ok, findings } = JSON.parse(stdout)
  expect(code).toBe(ok ? 0 : 2)
  expect(findings.map(({ what }: { what: string }) => what)).toEqual(
    expect.arrayContaining(['node', 'qemu-system-x86', 'cache', 'kvm']),
  )
})

test('standard output that cannot be written is a sentence and exit code 2', async () => {
  const full = fs.openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [IDMAPLAB, 'map', 'dialects'], { stdio: ['ignore', full, 'pipe'] })
  fs.closeSync(full)
  let said = ''
  child.stderr?.on('data', data => {
    said += data
  })
  expect(await once(child, 'close')).toEqual([2, null])
  expect(said).toMatch(/^idmaplab: Standard output cannot be written: ENOSPC.*\.\n$/)
})
