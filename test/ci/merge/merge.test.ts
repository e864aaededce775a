import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HeldTo, RunEvent, Standing, Verdict } from '../../../ci/events.ts'
import { MergeError } from '../../../ci/merge/error.ts'
import { join } from '../../../ci/merge/join.ts'
import { readReport } from '../../../ci/merge/read-report.ts'
import { jsonReporter } from '../../../ci/report/json.ts'
import { caseOf, eventsOf, everything, resultOf, verdictOf } from '../made-up-run.ts'
import { cutAtEvery, reported } from '../report/collected.ts'
import { type Ended, runCommand } from '../run-command.ts'

let directory: DirectoryResult
beforeAll(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => directory.cleanup())

const whole = everything.map(({ case: id }) => id)

/** The events of one shard of `everything`, which has these verdicts. */
const shardEvents = (index: number, of: number, verdicts: readonly Verdict[], more = {}): RunEvent[] =>
  eventsOf(verdicts, { started: { shard: { index, of, whole }, ...more } })

function written(name: string, text: string): string {
  const file = path.join(directory.path, name)
  fs.writeFileSync(file, text)
  return file
}

const report = (name: string, events: readonly RunEvent[]) => written(name, reported(jsonReporter, events))
const odd = everything.filter((_, i) => i % 2 === 1)
const even = everything.filter((_, i) => i % 2 === 0)
const merged = async (...files: string[]) => join(await Promise.all(files.map(readReport)))

test('however a run is cut into shards, and in whatever order they come, together they are the run', async () => {
  const deal = fc.array(fc.nat({ max: 2 }), { minLength: everything.length, maxLength: everything.length })
  await fc.assert(
    fc.asyncProperty(deal, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), async (dealt, order) => {
      const files = [0, 1, 2].map(shard => {
        const ours = everything.filter((_, i) => dealt[i] === shard)
        return report(`shard-${shard}.json`, shardEvents(shard + 1, 3, ours))
      })
      const joined = await merged(...order.map(shard => files[shard] ?? ''))
      expect(joined.verdicts).toEqual(everything)
      expect(joined.cases).toEqual(whole)
      expect([joined.notTold, joined.cut, joined.remarks]).toEqual([[], undefined, []])
    }),
    { numRuns: 30 },
  )
})

test('a missing shard is named, and its cases are lost', async () => {
  const joined = await merged(report('only.json', shardEvents(2, 3, odd)))
  expect(joined.remarks).toEqual(['shard 1/3 is missing', 'shard 3/3 is missing'])
  expect(joined.cut).toBe('lost')
  expect(joined.notTold).toEqual(even.map(({ case: id }) => id))
})

test('a report that was broken off at any event is whole enough to be merged, and what it lacks is lost', async () => {
  const other = report('other.json', shardEvents(1, 2, odd))
  const texts = cutAtEvery(jsonReporter, shardEvents(2, 2, even))
  for (const [i, text] of texts.entries()) {
    const file = written('cut.json', text)
    const joined = await merged(other, file)
    expect(joined.verdicts.length + joined.notTold.length).toBe(everything.length)
    if (i < texts.length - 1)
      expect(joined.remarks).toEqual([`${file} is incomplete: the run has not ended, or was killed`])
  }
})

test('shards that were cut by different durations leave cases out, which are lost', async () => {
  const joined = await merged(
    report('a.json', shardEvents(1, 2, everything.slice(0, 3))),
    report('b.json', shardEvents(2, 2, everything.slice(5))),
  )
  expect(joined.notTold).toEqual(whole.slice(3, 5))
  expect(joined.cut).toBe('lost')
})

test('what a shard left out at its first failure is not lost', async () => {
  const ended = { cut: 'fail-fast', notRun: whole.slice(4) } as const
  const cases = whole.filter((_, i) => i % 2 === 0)
  const events = eventsOf(even.slice(0, 2), { started: { shard: { index: 1, of: 2, whole }, cases }, ended })
  const joined = await merged(report('a.json', events), report('b.json', shardEvents(2, 2, odd)))
  expect(joined.cut).toBe('fail-fast')
})

test('runs that are no shards are merged when they have no case in common', async () => {
  const on = (kernel: string) => eventsOf(everything.filter(({ case: id }) => id.kernel === kernel))
  const joined = await merged(report('new.json', on('6.12')), report('old.json', on('6.1')))
  expect(joined.kernels.map(({ name, version }) => [name, version])).toEqual([
    ['6.12', '6.12.107+deb13-cloud-amd64'],
    ['6.1', '6.1.0-50-cloud-amd64'],
  ])
  expect(joined.verdicts).toHaveLength(everything.length)
})

test('kernels and versions that differ between shards are told', async () => {
  const moved = shardEvents(2, 2, even, { version: '0.2.0' }).map(event =>
    event.type === 'kernel.ready' && event.kernel === '6.12' ? { ...event, version: '6.12.108' } : event,
  )
  const { remarks } = await merged(report('a.json', shardEvents(1, 2, odd)), report('b.json', moved))
  expect(remarks).toEqual([
    'the reports are of different versions of idmaplab: 0.1.0, 0.2.0',
    expect.stringMatching(/^the shards had different kernels for 6\.12: 6\.12\.107\S+, 6\.12\.108; a lock/),
  ])
})

describe('what does not belong together is not merged', () => {
  test.each<[string, () => string[], RegExp]>([
    [
      'a shard that is there twice',
      () => [report('a.json', shardEvents(1, 2, odd)), report('b.json', shardEvents(1, 2, odd))],
      /^Shard 1\/2 is there twice: .*a\.json and .*b\.json\.$/,
    ],
    [
      'shards of different counts',
      () => [report('a.json', shardEvents(1, 2, odd)), report('b.json', shardEvents(2, 3, even))],
      /a\.json is one of 2 shards, .*b\.json one of 3\.$/,
    ],
    [
      'shards of different runs',
      () => [
        report('a.json', shardEvents(1, 2, odd)),
        report('b.json', eventsOf(even, { started: { shard: { index: 2, of: 2, whole: whole.slice(1) } } })),
      ],
      /are shards of runs that had different cases\.$/,
    ],
    [
      'a shard and a run that is none',
      () => [report('a.json', shardEvents(1, 2, odd)), report('b.json', eventsOf(even))],
      /is a shard, the other is not/,
    ],
    [
      'a case that two have',
      () => [report('a.json', shardEvents(1, 2, odd)), report('b.json', shardEvents(2, 2, everything.slice(1, 3)))],
      /^fails on 6\.1 is in .*a\.json and in .*b\.json: were the shards cut by different --durations\?$/,
    ],
    [
      'a report of several rounds',
      () => [
        report('a.json', eventsOf([verdictOf(caseOf('a'), 'PASS'), verdictOf(caseOf('a'), 'PASS', { round: 2 })])),
      ],
      /was made with --repeat/,
    ],
    [
      'a verdict on what was not planned',
      () => [report('a.json', eventsOf(everything, { started: { cases: whole.slice(1) } }))],
      /a\.json has a verdict on passes on 6\.12 that its plan does not have, or has it twice\.$/,
    ],
    [
      'two verdicts on one case',
      () => {
        const id = caseOf('a')
        const both = [verdictOf(id, 'FAIL'), verdictOf(id, 'PASS')]
        return [report('a.json', eventsOf(both, { started: { cases: [id] } }))]
      },
      /a\.json has a verdict on a on 6\.12 that its plan does not have, or has it twice\.$/,
    ],
    [
      'a shard with a case that the whole run does not have',
      () => [report('a.json', eventsOf(odd, { started: { shard: { index: 1, of: 1, whole: whole.slice(2) } } }))],
      /a\.json has fails on 6\.1, which the run it is a shard of does not have\.$/,
    ],
    [
      'no JSON',
      () => [written('a.json', '{"format": 1')],
      /a\.json is no JSON report of idmaplab, as --reporter json=FILE writes it: it is no JSON: line 1, column 13: expected ',' or '\}', found the end\.$/,
    ],
    [
      'another JSON',
      () => [written('a.json', '{"format": 2}')],
      /a\.json is no JSON report of idmaplab, as --reporter json=FILE writes it: at format: expected 1, found 2\.$/,
    ],
    [
      'a result that is not as it should be',
      () => [
        written('a.json', reported(jsonReporter, eventsOf(everything)).replace('"seconds": 1.25', '"seconds": "1"')),
      ],
      /is no JSON report of idmaplab, as --reporter json=FILE writes it: at results\[0\]\.seconds: expected a number, found "1"\.$/,
    ],
    [
      'a verdict whose results are gone',
      () => [
        written('a.json', reported(jsonReporter, eventsOf(everything)).replace('"asked": "6.12"', '"asked": "6.13"')),
      ],
      /a\.json has 0 results of passes on 6\.12, and its verdict is about 1\.$/,
    ],
    [
      'nothing',
      () => ['/nowhere/report.json'],
      /^\/nowhere\/report\.json can't be read: there is no such file or directory\.$/,
    ],
  ])('%s', async (_, files, sentence) => {
    await expect(merged(...files())).rejects.toThrow(MergeError)
    await expect(merged(...files())).rejects.toThrow(sentence)
  })
})

test('everything that is known of a result comes through, also what is known of a bug and of what the story needs', async () => {
  const id = caseOf('bug')
  const [link, fixed] = ['https://example.org/1', ['in 6.16.4']]
  const result = resultOf(id, 'PASS', {
    ...{ code: 'KNOWN_BUG', reason: 'This kernel has it.', seed: '7', kernelNote: 'a note', accelerator: 'kvm' },
    crash: { kind: 'oops', trace: ['Oops: 0002'] },
    bug: { what: 'statmount', since: '6.16', fixed, link, expected: 'present', upstream: '6.16.3', seen: true },
    needs: [{ need: 'statmount', found: true, table: 'since 6.8', source: 'statmount(2)', standing: 'agrees' }],
    checks: [{ chapter: '', claim: 'a', expected: 'b', found: 'b', outcome: 'PASS', symptom: 'shown' }],
    details: ['a detail'],
    artifacts: '/logs/bug',
  })
  const verdict = verdictOf(id, 'PASS', {
    attempts: [result],
    earlier: '2026-11-21T20:00:00.000Z',
    ...{ standing: 'new', expectation: { outcome: 'FAIL', reason: 'why', link } },
  })
  const { verdicts } = await readReport(report('bug.json', eventsOf([verdict])))
  expect(verdicts).toEqual([verdict])
})

test('a report that does not yet say in which order its chapters stood is read all the same', async () => {
  const document = JSON.parse(reported(jsonReporter, eventsOf([verdictOf(caseOf('passes'), 'PASS')])))
  for (const result of document.results) delete result.chapters
  const { verdicts } = await readReport(written('older.json', JSON.stringify(document)))
  expect(verdicts[0]?.attempts[0]?.chapters).toEqual([])
})

test('which package a kernel came from comes through', async () => {
  const from = 'linux-image-6.12.107 6.12.107-1'
  const told = eventsOf([verdictOf(caseOf('passes'), 'PASS')]).map(event =>
    event.type === 'kernel.ready' ? { ...event, package: from } : event,
  )
  const file = report('packaged.json', told)
  expect((await merged(file)).kernels).toMatchObject([{ name: '6.12', package: from }])
  const { stdout } = await runCommand(['merge', file, '--reporter', 'kernels-page'], directory.path, {})
  expect(stdout).toContain(`\`${from}\``)
})

test('what a report says is made fit to be shown', async () => {
  const text = reported(jsonReporter, eventsOf([verdictOf(caseOf('fails'), 'FAIL')]))
  const { verdicts } = await readReport(written('a.json', text.replace('Who owns', '\\u001b[2JWho owns')))
  expect(verdicts[0]?.attempts[0]?.title).toBe('\\x1b[2JWho owns the snow')
})

describe('the command', () => {
  const merge = (...args: string[]): Promise<Ended> => runCommand(['merge', ...args], directory.path, {})
  const passing = everything.filter(({ outcome }) => outcome === 'PASS' || outcome === 'SKIP')
  const passingShard = (index: number) => {
    const ours = passing.filter((_, i) => i % 2 === index - 1)
    return eventsOf(ours, { started: { shard: { index, of: 2, whole: passing.map(({ case: id }) => id) } } })
  }

  test('reports the whole in any format, and ends as the run would have', async () => {
    const files = [report('1.json', shardEvents(1, 2, odd)), report('2.json', shardEvents(2, 2, even))]
    const { code, stdout, stderr } = await merge(...files, '--reporter', 'ktap', '--reporter', 'junit=all.xml')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^KTAP version 1\n1\.\.2\n/)
    expect(stderr).toContain('8 cases: 2 PASS, 2 FAIL, 2 SKIP, 1 ERROR, 1 FLAKY')
    expect(fs.readFileSync(path.join(directory.path, 'all.xml'), 'utf8')).toContain('tests="8" failures="3" errors="1"')
    expect((await merge(report('1.json', passingShard(1)), report('2.json', passingShard(2)))).code).toBe(0)
  })

  test('ends with 2 where a shard is missing, although what is there passed, and every report says so', async () => {
    const { code, stdout, stderr } = await merge(report('1.json', passingShard(1)), '--json')
    expect(code).toBe(2)
    expect(stderr).toContain('idmaplab: shard 2/2 is missing\n')
    expect(JSON.parse(stdout)).toMatchObject({
      incomplete: expect.stringContaining('missing'),
      cut: 'lost',
      exitCode: 2,
    })
  })

  test('holds the whole to a baseline', async () => {
    const files = [report('1.json', shardEvents(1, 2, odd)), report('2.json', shardEvents(2, 2, even))]
    const entry = (outcome: string) => `{ outcome: ${outcome}, reason: why, link: 'https://example.org/1' }`
    const baseline = written(
      'baseline.yaml',
      `format: 1
cases:
  '*': { '*': { '*': PASS } }
  fails: { ext4: { '*': ${entry('FAIL')} } }
  lacks: { vfat: { '*': ${entry('SKIP')} } }
  hangs: { '*': { '6.12': ${entry('ERROR')} } }
  wavers: { '*': { '6.12': ${entry('FLAKY')} } }
`,
    )
    const { code, stdout } = await merge(...files, '--baseline', baseline)
    expect(code).toBe(0)
    expect(stdout).toContain('by the baseline: 8 expected, 0 new, 0 fixed, 0 unknown')
  })

  const heldTo = (mode: HeldTo['mode'], id = 'a hash') => ({ heldTo: { file: 'b.yaml', id, mode } })
  const held = (index: number, judge: { heldTo?: HeldTo }, verdict: Verdict): string => {
    const planned = [caseOf('passes'), caseOf('fails')]
    return report(
      `${index}.json`,
      eventsOf([verdict], { started: { shard: { index, of: 2, whole: planned }, ...judge } }),
    )
  }
  const fixed = verdictOf(caseOf('passes'), 'PASS', { standing: 'fixed' })
  const failing = (standing: Standing) => verdictOf(caseOf('fails'), 'FAIL', { standing })

  test.each([
    ['nothing', {}, verdictOf(caseOf('fails'), 'SKIP'), 0],
    ['a baseline', heldTo('usual'), failing('expected'), 0],
    ['a baseline that expects better', heldTo('usual'), failing('new'), 1],
    ['a baseline, strictly', heldTo('strict'), failing('expected'), 1],
    ['a baseline that they wrote', heldTo('update'), failing('new'), 0],
    [
      'a baseline that they wrote, and could not tell all',
      heldTo('update'),
      verdictOf(caseOf('fails'), 'ERROR', { standing: 'expected' }),
      2,
    ],
  ])('ends as one run would have when its parts were held to %s', async (_, judge, other, code) => {
    const files = [held(1, judge, fixed), held(2, judge, other)]
    const ended = await merge(...files, '--json')
    expect(ended.code).toBe(code)
    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: code, ...judge })
  })

  test('refuses parts that were held to different things, unless it is said what the whole is held to', async () => {
    const files = [held(1, heldTo('strict'), fixed), held(2, {}, failing('new'))]
    const refused = await merge(...files)
    expect([refused.code, refused.stdout]).toEqual([64, ''])
    expect(refused.stderr).toMatch(
      /^idmaplab: \S+1\.json was held to the baseline b\.yaml \(a hash\) with --strict, and \S+2\.json to no baseline: say .*\.\n$/,
    )
    const other = [held(1, heldTo('usual'), fixed), held(2, heldTo('usual', 'another'), failing('new'))]
    expect((await merge(...other)).stderr).toMatch(/b\.yaml \(a hash\), and \S+ to the baseline b\.yaml \(another\):/)
    const baseline = written('all.yaml', "format: 1\ncases: { '*': { '*': { '*': PASS } } }\n")
    expect((await merge(...files, '--baseline', baseline)).code).toBe(1)
  })

  test('refuses what does not belong together in one sentence', async () => {
    const file = report('1.json', shardEvents(1, 2, odd))
    const { code, stdout, stderr } = await merge(file, file)
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toMatch(/^idmaplab: Shard 1\/2 is there twice: .*\n$/)
  })
})
