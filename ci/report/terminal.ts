import { renderResult } from '../../scenarios/kit/table.ts'
import { harmless } from '../../vm/harmless.ts'
import type { Reporter, RunEvent, Verdict } from '../events.ts'
import { type Rounds, Tally } from '../tally.ts'

type Output = {
  /** Writes a text and the end of its line where the report goes. */
  readonly print: (text: string) => void
  /** Writes a line beside the report. */
  readonly note: (line: string) => void
}

/** What a person reads: each case as it ends, and what the run came to. */
export function terminalReporter({ print, note }: Output): Reporter {
  const tally = new Tally()
  let rounds = 1
  return {
    hear(event) {
      if (event.type === 'run.started') rounds = event.rounds
      if (event.type === 'kernel.unavailable') note(unavailable(event))
      if (event.type === 'case.ended' && tally.add(event.verdict)) print(`\n${renderVerdict(event.verdict)}`)
      if (event.type !== 'run.ended') return
      const closing = [...(rounds === 1 ? [] : tally.rounds.map(inWords)), closingLine(tally, event)]
      print(`\n${closing.join('\n')}`)
    },
    close: async () => {},
  }
}

function unavailable({ kernel, reason, details }: Extract<RunEvent, { type: 'kernel.unavailable' }>): string {
  return harmless([`the kernel ${kernel} cannot be used: ${reason}`, ...details.map(line => `    ${line}`)].join('\n'))
}

function renderVerdict({ outcome, attempts, earlier }: Verdict): string {
  const shown = outcome === 'FLAKY' ? attempts : attempts.slice(-1)
  return [
    ...(outcome === 'FLAKY' ? [`FLAKY: told ${attempts.length} times, each in a fresh guest`] : []),
    ...shown.map(renderResult),
    ...(earlier === undefined ? [] : [`  told at ${earlier}, by a run that was cut short`]),
  ].join('\n')
}

function inWords({ scenario, rounds, same, difference }: Rounds): string {
  const line = `${scenario}: ${same} of ${rounds} the same`
  if (difference === undefined) return line
  return `${line}; round ${difference.round} is the first that differs: "${difference.now}", in round 1 "${difference.first}"`
}

function closingLine(tally: Tally, { notRun, cut }: Extract<RunEvent, { type: 'run.ended' }>): string {
  const { total } = tally
  const counts = [
    ...(['PASS', 'FAIL', 'SKIP', 'ERROR'] as const).map(outcome => `${tally.count(outcome)} ${outcome}`),
    ...(tally.count('FLAKY') > 0 ? [`${tally.count('FLAKY')} FLAKY`] : []),
  ]
  const untold = cut === undefined ? '' : `; ${notRun.length} were not begun (${cut})`
  const line = `${total} ${total === 1 ? 'case' : 'cases'}: ${counts.join(', ')}${untold}`
  return tally.count('SKIP') === total ? `${line}; nothing was executed, so nothing is proven` : line
}
