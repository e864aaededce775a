import { chalk } from 'zx/core'
import { failures } from '../../scenarios/kit/result.ts'
import { outcomeMark, renderResult } from '../../scenarios/kit/table.ts'
import { harmless, harmlessLine } from '../../vm/harmless.ts'
import { aligned } from '../aligned.ts'
import type { Reporter, RunEvent, Verdict } from '../events.ts'
import { type Rounds, Tally } from '../tally.ts'
import { isFailure, lastAttempt } from '../verdict.ts'
import { caseInWords, gridOf, outcomeInWords } from './grid.ts'
import type { LineOutput } from './output.ts'
import { RunSoFar } from './run-so-far.ts'

/**
 * What a person reads: each case as it ends (of several kernels what failed with its tables, the rest a line each), then the grid of
 * kernels and cases with what failed on top, each failure once more in a line, and what the run came to.
 */
export function terminalReporter(output: LineOutput): Reporter {
  const run = new RunSoFar()
  const tally = new Tally()
  const print = (text: string): void => output.write(`${noCommands(text)}\n`)
  return {
    hear(event) {
      run.hear(event)
      if (event.type === 'kernel.unavailable') print(`\n${unavailable(event)}`)
      if (event.type === 'case.ended' && tally.add(event.verdict)) print(renderVerdict(event.verdict, run))
      if (event.type === 'run.ended') print(`\n${[...closingBlocks(run), closing(run, tally, event)].join('\n\n')}`)
    },
    close: () => output.close(),
  }
}

/** A runner of GitHub's obeys lines that begin so, whoever wrote them: a guest may have. */
function noCommands(text: string): string {
  return process.env.GITHUB_ACTIONS === undefined ? text : text.replace(/^(\s*)(?=::|##\[)/gm, '$1\u200b')
}

function unavailable({ kernel, reason, details }: Extract<RunEvent, { type: 'kernel.unavailable' }>): string {
  return harmless([`the kernel ${kernel} cannot be used: ${reason}`, ...details.map(line => `    ${line}`)].join('\n'))
}

function renderVerdict(verdict: Verdict, { kernels }: RunSoFar): string {
  if (kernels.length > 1 && !isFailure(verdict)) return oneLine(verdict)
  const { outcome, attempts, earlier } = verdict
  const shown = outcome === 'FLAKY' ? attempts : attempts.slice(-1)
  return [
    '',
    ...(outcome === 'FLAKY' ? [`FLAKY: told ${attempts.length} times, each in a fresh guest`] : []),
    ...shown.map(renderResult),
    ...standingLines(verdict),
    ...(earlier === undefined ? [] : [`  told at ${earlier}, by a run that was cut short`]),
  ].join('\n')
}

function oneLine(verdict: Verdict): string {
  const last = lastAttempt(verdict)
  const { outcome, round, earlier } = verdict
  const why = last?.reason === undefined ? '' : `: ${harmlessLine(last.reason)}`
  const expected = standingLines(verdict).map(line => `; ${line.trim()}`)
  const when =
    earlier === undefined ? `${last?.seconds.toFixed(1)} s` : `told at ${earlier}, by a run that was cut short`
  const which = `${caseInWords(verdict.case)}${round === 1 ? '' : `, round ${round}`}`
  return `${outcomeMark(outcome)} ${which}${why}${expected.join('')}  ${chalk.dim(when)}`
}

function standingLines({ standing, expectation, outcome }: Verdict): string[] {
  const { reason = '', link = '' } = expectation ?? {}
  if (standing === 'new') return [chalk.red(`  new: the baseline expects ${expectation?.outcome}`)]
  if (standing === 'fixed') return [chalk.green(`  fixed: the baseline expects ${expectation?.outcome} (${reason})`)]
  if (standing === 'unknown') return [chalk.yellow('  not in the baseline')]
  return standing === 'expected' && outcome !== 'PASS' ? [`  as the baseline expects: ${reason} ${link}`.trimEnd()] : []
}

function closingBlocks(run: RunSoFar): string[] {
  const rounds = run.rounds === 1 ? [] : [run.comparedRounds.map(inWords).join('\n')]
  if (run.kernels.length < 2) return rounds
  const failing = run.verdicts.filter(isFailure)
  const lines = failing.map(verdict => chalk.red(`${caseInWords(verdict.case)}: ${firstFinding(verdict)}`))
  return [...rounds, gridInColumns(run), ...(lines.length === 0 ? [] : [lines.join('\n')])]
}

// The columns are measured before the colours come in.
function gridInColumns(run: RunSoFar): string {
  const { kernels, rows } = gridOf(run)
  const lines = aligned([['', ...kernels], ...rows.map(({ name, cells }) => [name, ...cells.map(({ text }) => text)])])
  return lines.map((line, i) => (rows[i - 1]?.failing ? chalk.red(line) : line)).join('\n')
}

function firstFinding(verdict: Verdict): string {
  const result = verdict.attempts.findLast(({ outcome }) => outcome !== 'PASS') ?? lastAttempt(verdict)
  const found = result && (result.reason ?? failures(result)[0])
  return `${outcomeInWords(verdict)} ${harmlessLine(found ?? '')}`.trimEnd()
}

function inWords({ scenario, rounds, same, difference }: Rounds): string {
  const line = `${scenario}: ${same} of ${rounds} the same`
  if (difference === undefined) return line
  return `${line}; round ${difference.round} is the first that differs: "${difference.now}", in round 1 "${difference.first}"`
}

function closing(run: RunSoFar, tally: Tally, { notRun, cut }: Extract<RunEvent, { type: 'run.ended' }>): string {
  const { total } = tally
  const counts = [
    ...(['PASS', 'FAIL', 'SKIP', 'ERROR'] as const).map(outcome => `${tally.count(outcome)} ${outcome}`),
    ...(tally.count('FLAKY') > 0 ? [`${tally.count('FLAKY')} FLAKY`] : []),
  ]
  const line = `${total} ${total === 1 ? 'case' : 'cases'}: ${counts.join(', ')}${untold(cut, notRun.length)}`
  const proof = tally.count('SKIP') === total ? '; nothing was executed, so nothing is proven' : ''
  return [...standings(run), `${line}${proof}`].join('\n')
}

function untold(cut: Extract<RunEvent, { type: 'run.ended' }>['cut'], count: number): string {
  if (cut === undefined) return ''
  if (count === 0) return `; ${cut}`
  return cut === 'lost'
    ? `; ${count} in no report (lost)`
    : `; ${count} ${count === 1 ? 'was' : 'were'} not begun (${cut})`
}

/** With a baseline: how many verdicts stand to it in which way. */
function standings({ verdicts, started }: RunSoFar): string[] {
  if (!verdicts.some(({ standing }) => standing !== undefined)) return []
  const counts = (['expected', 'new', 'fixed', 'unknown'] as const).map(
    standing => `${verdicts.filter(verdict => verdict.standing === standing).length} ${standing}`,
  )
  const strictly = started?.heldTo?.mode === 'strict' ? '; strictly, so that what is fixed fails too' : ''
  return [`by the baseline: ${counts.join(', ')}${strictly}`]
}
