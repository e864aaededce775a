import { stripVTControlCharacters } from 'node:util'
import xmlbuilder, { type XMLElement } from 'xmlbuilder'
import { renderResult } from '../../scenarios/kit/table.ts'
import { harmless } from '../../vm/harmless.ts'
import type { Reporter, Verdict } from '../events.ts'
import { BROKEN_OFF, isBrokenOff, isFailure, lastAttempt } from '../verdict.ts'
import { documentReporter } from './document.ts'
import { failureLines } from './failure-lines.ts'
import type { DocumentOutput } from './output.ts'
import type { KernelRecord, RunSoFar, Untold } from './run-so-far.ts'

/**
 * JUnit's XML as Jenkins, GitLab and surefire's readers take it: a suite for each kernel, a test case for each case. What is not told
 * yet is an error in it, so that a report that was cut off is never taken for a whole one.
 */
export function junitReporter(output: DocumentOutput): Reporter {
  return documentReporter(output, junitDocument)
}

function junitDocument(run: RunSoFar): string {
  const suites = run.kernels.map(kernel => suiteOf(kernel, run))
  const root = xmlbuilder
    .create('testsuites', { encoding: 'UTF-8', invalidCharReplacement: '\ufffd' })
    .att({ name: 'idmaplab', ...attributesOf(suites.flatMap(({ cases }) => cases)) })
  for (const { kernel, cases } of suites) addSuite(root, kernel, cases, run)
  return `${root.end({ pretty: true })}\n`
}

/** What became of a test case: at most one of the elements that say so. */
type TestCase = {
  readonly name: string
  readonly classname: string
  readonly seconds: number
  readonly ended?: {
    readonly as: 'failure' | 'error' | 'skipped'
    readonly type: string
    readonly message: string
    readonly text: string
  }
  readonly out?: string
}

function suiteOf(kernel: KernelRecord, run: RunSoFar): { kernel: KernelRecord; cases: TestCase[] } {
  const told = run.verdicts.filter(verdict => verdict.case.kernel === kernel.name)
  const untold = run.untold.filter(one => one.case.kernel === kernel.name)
  return { kernel, cases: [...told.map(verdict => toldCase(verdict, run.rounds)), ...untold.map(untoldCase)] }
}

function toldCase(verdict: Verdict, rounds: number): TestCase {
  const { attempts, round } = verdict
  const name = rounds === 1 ? verdict.case.scenario : `${verdict.case.scenario} round ${round}`
  const seconds = attempts.reduce((sum, result) => sum + result.seconds, 0)
  const out = attempts.map(result => stripVTControlCharacters(renderResult(result))).join('\n\n')
  const ended = endOf(verdict)
  return { name, classname: classOf(verdict.case), seconds, out, ...(ended === undefined ? {} : { ended }) }
}

function untoldCase({ case: id, why }: Untold): TestCase {
  const about = { name: id.scenario, classname: classOf(id), seconds: 0 }
  if (why !== undefined && !isBrokenOff(why))
    return { ...about, ended: { as: 'skipped', type: 'NOT_TOLD', message: '', text: `not told: ${why}` } }
  const message = why === undefined ? 'not told yet: the report is incomplete' : `not told: ${BROKEN_OFF[why]}`
  return { ...about, ended: { as: 'error', type: 'NOT_TOLD', message, text: message } }
}

// Readers make packages of what is between dots.
function classOf({ kernel, fs }: Verdict['case']): string {
  return ['idmaplab', kernel, fs].map(part => part.replace(/[^\w+-]+/g, '_')).join('.')
}

function endOf(verdict: Verdict): TestCase['ended'] {
  const { outcome, attempts, expectation } = verdict
  const last = lastAttempt(verdict)
  if (last === undefined || (outcome === 'PASS' && !isFailure(verdict))) return undefined
  if (!isFailure(verdict)) {
    const link = expectation?.link === undefined ? '' : ` (${expectation.link})`
    const text =
      outcome === 'SKIP'
        ? (last.reason ?? '')
        : `${outcome}, as the baseline expects: ${expectation?.reason ?? ''}${link}`
    return { as: 'skipped', type: outcome, message: '', text }
  }
  const lines = failureLines(last)
  const type = outcome === 'FLAKY' ? outcome : (last.code ?? outcome)
  const before = outcome === 'FLAKY' ? `FLAKY (${attempts.map(each => each.outcome).join(', ')}): ` : ''
  const message = `${before}${last.reason ?? lines[0] ?? outcome}`
  return { as: outcome === 'ERROR' ? 'error' : 'failure', type, message, text: lines.join('\n') }
}

function attributesOf(cases: readonly TestCase[]) {
  const count = (as: NonNullable<TestCase['ended']>['as']) => cases.filter(({ ended }) => ended?.as === as).length
  const seconds = cases.reduce((sum, { seconds }) => sum + seconds, 0)
  return { tests: cases.length, failures: count('failure'), errors: count('error'), time: seconds.toFixed(3) }
}

function addSuite(root: XMLElement, kernel: KernelRecord, cases: readonly TestCase[], run: RunSoFar): void {
  const skipped = cases.filter(({ ended }) => ended?.as === 'skipped').length
  const { started } = run
  const suite = root.ele('testsuite', {
    name: text(`Linux ${kernel.version ?? kernel.name}`),
    ...attributesOf(cases),
    skipped,
    ...(started === undefined ? {} : { timestamp: started.at.replace(/\.\d+Z$/, '') }),
  })
  const properties = suite.ele('properties')
  for (const [name, value] of propertiesOf(kernel, run)) properties.ele('property', { name, value: text(value) })
  for (const one of cases) addCase(suite, one)
}

function propertiesOf(kernel: KernelRecord, { started, incomplete }: RunSoFar): [string, string][] {
  const all: [string, string | undefined][] = [
    ['idmaplab', started?.version],
    ['command', started && ['idmaplab', ...started.command].join(' ')],
    ['shard', started?.shard && `${started.shard.index}/${started.shard.of}`],
    ['kernel', kernel.name],
    ['kernel.version', kernel.version],
    ['kernel.note', kernel.note],
    ['kernel.unavailable', kernel.unavailable && `${kernel.unavailable.code}: ${kernel.unavailable.reason}`],
    ['incomplete', incomplete],
  ]
  return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
}

function addCase(suite: XMLElement, { name, classname, seconds, ended, out }: TestCase): void {
  const element = suite.ele('testcase', { name: text(name), classname: text(classname), time: seconds.toFixed(3) })
  if (ended?.as === 'skipped') element.ele('skipped').text(text(ended.text))
  else if (ended !== undefined)
    element.ele(ended.as, { type: text(ended.type), message: text(ended.message) }).text(text(ended.text))
  if (out !== undefined) element.ele('system-out').text(text(out))
}

function text(words: string): string {
  return harmless(words)
}
