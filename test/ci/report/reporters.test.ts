import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReporters, parseReporters } from '../../../ci/report/reporters.ts'
import type { TerminalProgress } from '../../../ci/terminal-progress.ts'
import { UsageError } from '../../../ci/usage-error.ts'
import { silent } from '../../../vm/progress.ts'
import { eventsOf, everything } from '../made-up-run.ts'
import { type Ended, runCommand } from '../run-command.ts'

let directory: DirectoryResult
beforeAll(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  fs.writeFileSync(inside('file'), 'this is no directory\n')
})
afterAll(() => directory.cleanup())

const inside = (...names: string[]) => path.join(directory.path, ...names)

describe('what --reporter was given', () => {
  test('is a name, or a name and a file', () => {
    expect(parseReporters(['ktap', 'junit=a=b.xml'])).toEqual([
      { name: 'ktap' },
      { name: 'junit', file: path.resolve('a=b.xml') },
    ])
  })

  test('leaves the terminal’s report where there is room for it', () => {
    expect(parseReporters(['terminal', 'ktap'])).toEqual([{ name: 'ktap' }])
  })

  test.each([
    [['tap'], 'There is no reporter "tap"; there are: terminal, ktap, junit, github, json, jsonl, kernels-page.'],
    [[''], 'There is no reporter ""'],
    [['junit='], '--reporter junit= names no file: write junit=FILE, or junit for stdout.'],
    [['ktap', 'json'], 'The reporters ktap and json would both write to stdout'],
    [['json', 'json'], 'The reporters json and json would both write to stdout'],
    [['ktap=/a', 'json=/b/../a'], 'The reporters ktap and json would both write to /a: give each a file of its own'],
  ])('%j is refused', (texts, sentence) => {
    expect(() => parseReporters(texts)).toThrow(UsageError)
    expect(() => parseReporters(texts)).toThrow(sentence)
  })
})

/** Reports a whole run; gives what came to which stream. */
async function reportAll(texts: readonly string[], environment = {}): Promise<{ stdout: string; stderr: string }> {
  const seen = { stdout: '', stderr: '' }
  const progress: TerminalProgress = {
    ...silent,
    live: false,
    write(stream, text) {
      seen[stream === process.stdout ? 'stdout' : 'stderr'] += text
    },
  }
  const reporters = await openReporters(parseReporters(texts), { progress, environment })
  for (const event of eventsOf(everything)) for (const reporter of reporters) reporter.hear(event)
  for (const reporter of reporters) await reporter.close()
  return seen
}

describe('stdout', () => {
  test('has the terminal’s report when nothing else asks for it', async () => {
    const { stdout, stderr } = await reportAll([`ktap=${inside('a.ktap')}`])
    expect([stdout, stderr]).toEqual([expect.stringContaining('8 cases: 2 PASS'), ''])
    expect(fs.readFileSync(inside('a.ktap'), 'utf8')).toMatch(/^KTAP version 1\n1\.\.2\n/)
  })

  test('has one machine’s report alone when that is asked for; the terminal’s goes to stderr', async () => {
    const { stdout, stderr } = await reportAll(['json', `junit=${inside('b.xml')}`, `jsonl=${inside('b.jsonl')}`])
    expect(JSON.parse(stdout)).toMatchObject({ format: 1, verdicts: { length: 8 } })
    expect(stderr).toContain('8 cases: 2 PASS')
    expect(fs.readFileSync(inside('b.xml'), 'utf8')).toContain('<testsuites name="idmaplab" tests="8"')
    expect(fs.readFileSync(inside('b.jsonl'), 'utf8')).toContain('"type":"run.ended"')
  })

  test('is empty when the terminal’s report goes to a file, where it is plain text', async () => {
    const { stdout, stderr } = await reportAll([`terminal=${inside('c.txt')}`])
    expect([stdout, stderr]).toEqual(['', ''])
    expect(fs.readFileSync(inside('c.txt'), 'utf8')).toContain('8 cases: 2 PASS')
    expect(fs.readFileSync(inside('c.txt'), 'utf8')).not.toContain('\u001b')
  })
})

test('on GitHub the step’s page is written too, behind what is on it', async () => {
  fs.writeFileSync(inside('summary.md'), '# Earlier\n')
  const { stdout } = await reportAll(['github'], { GITHUB_STEP_SUMMARY: inside('summary.md') })
  expect(stdout).toMatch(/^::error file=scenarios\/fails\.ts,/)
  expect(fs.readFileSync(inside('summary.md'), 'utf8')).toMatch(/^# Earlier\n## idmaplab: 2 FAIL/)
})

describe('the command', () => {
  // An archive that cannot be reached: the run begins, and no guest does.
  const run = (...args: string[]): Promise<Ended> =>
    runCommand(['run', 'vfat-usb-stick', '--kernel', '7.2', ...args], directory.path, {
      IDMAPLAB_CACHE: inside('cache'),
      IDMAPLAB_MIRROR: 'file:/nowhere/debian',
    })

  test('writes every report also of a run whose only kernel cannot be had', async () => {
    const { code, stdout } = await run(
      '--reporter',
      'ktap',
      '--reporter',
      'junit=out/junit.xml',
      '--reporter',
      'json=out/r.json',
    )
    expect(code).toBe(2)
    expect(stdout).toMatch(/^ {2}not ok 1 vfat-usb-stick \(vfat\) # ERROR PACKAGE_FETCH: /m)
    expect(fs.readFileSync(inside('out', 'junit.xml'), 'utf8')).toContain('errors="1"')
    expect(JSON.parse(fs.readFileSync(inside('out', 'r.json'), 'utf8'))).toMatchObject({ exitCode: 2 })
  })

  test('has --json for --reporter json', async () => {
    const { stdout } = await run('--json')
    expect(JSON.parse(stdout)).toMatchObject({ format: 1, results: [{ outcome: 'ERROR', asked: '7.2' }] })
  })

  test('is not begun where a report can’t be written: one sentence, exit code 2', async () => {
    const { code, stdout, stderr } = await run('--reporter', `junit=${inside('file', 'x.xml')}`)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^idmaplab: The report junit=.*x\.xml can't be written: E\w+ \(\w+\); .*\n$/)
  })

  test('takes no two reporters for stdout', async () => {
    const { code, stdout, stderr } = await run('--json', '--reporter', 'ktap')
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toMatch(/^idmaplab: The reporters json and ktap would both write to stdout: .*\n$/)
  })
})
