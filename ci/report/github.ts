import { failures } from '../../scenarios/kit/result.ts'
import { harmless } from '../../vm/harmless.ts'
import type { Reporter, RunEvent, Verdict } from '../events.ts'
import { isFailure, lastAttempt } from '../verdict.ts'
import { outcomeInWords } from './grid.ts'
import type { LineOutput } from './output.ts'

/** GitHub shows the beginning of an annotation; all of it is in the other reports. */
const MOST = 4_000

/**
 * Workflow commands of GitHub Actions: an annotation for each case that failed, for each that is better than the baseline expects or
 * is not in it, and for each kernel that can't be used.
 */
export function githubReporter(output: LineOutput): Reporter {
  return {
    hear(event) {
      const line = annotationFor(event)
      if (line !== undefined) output.write(`${line}\n`)
    },
    close: () => output.close(),
  }
}

function annotationFor(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'kernel.unavailable':
      return command('error', { title: `Linux ${event.kernel} can't be used` }, `${event.code}: ${event.reason}`)
    case 'case.ended':
      return annotationOf(event.verdict)
    case 'run.ended':
      return event.cut === undefined
        ? undefined
        : command('warning', { title: 'not everything was told' }, `${event.cut}: ${event.notRun.length} cases left`)
    default:
      return undefined
  }
}

function annotationOf(verdict: Verdict): string | undefined {
  const { case: id, standing, expectation } = verdict
  const last = lastAttempt(verdict)
  const title = `${outcomeInWords(verdict)}: ${id.scenario} on Linux ${last?.kernel ?? id.kernel}`
  const about = { file: `scenarios/${id.scenario}.ts`, title }
  if (isFailure(verdict)) return command('error', about, whatWentWrong(verdict))
  if (standing === 'fixed')
    return command('notice', about, `The baseline expects ${expectation?.outcome}: ${expectation?.reason}`)
  if (standing === 'unknown') return command('notice', about, 'The baseline does not know this case.')
  if (standing === 'expected' && verdict.outcome !== 'PASS' && verdict.outcome !== 'SKIP')
    return command('notice', about, `As expected: ${expectation?.reason} ${expectation?.link ?? ''}`)
  return undefined
}

function whatWentWrong(verdict: Verdict): string {
  const last = lastAttempt(verdict)
  if (last === undefined) return 'it was never told'
  const told = verdict.attempts.map(({ outcome }) => outcome).join(', ')
  return [
    ...(verdict.outcome === 'FLAKY' ? [`attempts: ${told}`] : []),
    ...(last.reason === undefined ? [] : [`${last.code ?? ''} ${last.reason}`.trim()]),
    ...failures(verdict.attempts.findLast(({ outcome }) => outcome !== 'PASS') ?? last),
    ...(last.crash?.trace ?? []),
    `repeat: ${last.repeat}`,
  ].join('\n')
}

/**
 * One workflow command; whatever is in the texts, it stays one. Source: `escapeData` and `escapeProperty` of GitHub's actions toolkit, as
 * its documentation of workflow commands has them.
 */
export function command(
  name: 'error' | 'warning' | 'notice',
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const said = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(harmless(value))}`)
  return `::${name} ${said.join(',')}::${escaped(harmless(message.slice(0, MOST)))}`
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
