import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readKtap } from '../ci/report/ktap-rules.ts'
import { madeReady } from './ready.ts'

await madeReady('6.12')

const COMMAND = fileURLToPath(new URL('../../ci/idmaplab.mjs', import.meta.url))

let directory: DirectoryResult
beforeAll(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => directory.cleanup())

const file = (name: string) => path.join(directory.path, name)
const read = (name: string) => fs.readFileSync(file(name), 'utf8')

/** `idmaplab run ext4-shared-directory ARGS`, its stdout into a pipe or a file. */
function start(args: readonly string[], stdout: 'pipe' | number) {
  const argv = [COMMAND, 'run', 'ext4-shared-directory', ...args]
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', stdout, 'pipe'],
  })
  const { stderr } = child
  if (stderr === null) throw new Error('stderr is a pipe')
  const ended = Promise.all([once(child, 'close'), text(stderr)]).then(([[code], words]) => ({ code, stderr: words }))
  return { child, ended }
}

test('a report that there is no room for is told in a sentence; the others are whole, and the exit code is 2', async () => {
  const full = fs.openSync('/dev/full', 'w')
  const reports = ['--reporter', 'ktap', '--reporter', `ktap=${file('a.ktap')}`, '--reporter', `json=${file('a.json')}`]
  const { code, stderr } = await start(reports, full).ended
  fs.closeSync(full)
  expect(code).toBe(2)
  expect(stderr).toMatch(/^idmaplab: The report ktap on stdout can't be written: ENOSPC \(write\); .*$/m)
  expect(stderr).toMatch(/^1 case: 1 PASS/m)
  const { broken, short, tests } = readKtap(read('a.ktap'))
  expect([broken, short, tests.map(({ ok }) => ok)]).toEqual([[], [], [true]])
  expect(JSON.parse(read('a.json'))).toMatchObject({ exitCode: 0, verdicts: [{ outcome: 'PASS' }] })
})

test('a reader that goes takes no other report with it', async () => {
  const { child, ended } = start(['--reporter', 'jsonl', '--reporter', `junit=${file('b.xml')}`], 'pipe')
  child.stdout?.once('data', () => child.stdout?.destroy())
  const { code, stderr } = await ended
  expect(code).toBe(2)
  expect(stderr).toMatch(/^idmaplab: The report jsonl on stdout can't be written: EPIPE \(write\)/m)
  expect(read('b.xml')).toContain('tests="1" failures="0" errors="0"')
})

test('what a killed run has written is whole, and says that it is incomplete', async () => {
  const reports = ['jsonl', `json=${file('c.json')}`, `junit=${file('c.xml')}`, `ktap=${file('c.ktap')}`]
  const { child, ended } = start(
    reports.flatMap(each => ['--reporter', each]),
    'pipe',
  )
  if (child.stdout === null) throw new Error('stdout is a pipe')
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).type === 'case.started') child.kill('SIGKILL')
  }
  await ended
  expect(JSON.parse(read('c.json'))).toMatchObject({ incomplete: 'the run has not ended, or was killed', notRun: 1 })
  expect(read('c.xml')).toMatch(/name="incomplete"[\s\S]*<error type="NOT_TOLD"[\s\S]*<\/testsuites>\n$/)
  const { broken, short } = readKtap(read('c.ktap'))
  expect(broken).toEqual([])
  expect(short.length).toBeGreaterThan(0)
})
