import type { Reporter, Verdict } from '../events.ts'
import { documentReporter } from './document.ts'
import { jsonResult } from './json-result.ts'
import type { DocumentOutput } from './output.ts'
import type { RunSoFar } from './run-so-far.ts'

/** Raised when a reader of an older document could misread a newer one. */
export const JSON_FORMAT = 1

/**
 * One document for the whole run, which `idmaplab merge` reads again. While it says `incomplete`, not all is told. With several rounds,
 * `results` has those that said something new, and `rounds` how many said the same.
 */
export function jsonReporter(output: DocumentOutput): Reporter {
  const known = new WeakMap<Verdict, string>()
  // Each verdict is made into text once: a run of many cases writes the document as often.
  const resultsOf = (verdict: Verdict): string => {
    const text = known.get(verdict) ?? indented(jsonResults(verdict))
    known.set(verdict, text)
    return text
  }
  return documentReporter(output, run => jsonDocument(run, resultsOf))
}

function jsonDocument(run: RunSoFar, resultsOf: (verdict: Verdict) => string): string {
  const head = JSON.stringify(headOf(run), null, 2).slice(0, -'\n}'.length)
  const results = run.verdicts.map(resultsOf).filter(text => text !== '')
  return `${head},\n  "results": [${results.length === 0 ? '' : `\n${results.join(',\n')}\n  `}]\n}\n`
}

function headOf(run: RunSoFar) {
  const { started, ended, incomplete } = run
  const { shard, heldTo } = started ?? {}
  return {
    format: JSON_FORMAT,
    ...(incomplete === undefined ? {} : { incomplete }),
    idmaplab: started?.version,
    command: started?.command,
    started: started?.at,
    ended: ended?.at,
    exitCode: ended?.exitCode,
    ...(ended?.cut === undefined ? {} : { cut: ended.cut }),
    ...(shard === undefined ? {} : { shard }),
    ...(heldTo === undefined ? {} : { heldTo }),
    kernels: run.kernels,
    plan: started?.cases ?? [],
    ...(run.rounds === 1 ? {} : { rounds: run.comparedRounds }),
    ...(run.untold.length === 0 ? {} : { notRun: run.untold.length, untold: run.untold.map(({ case: id }) => id) }),
    verdicts: run.verdicts.map(({ attempts, ...verdict }) => ({ ...verdict, attempts: attempts.length })),
  }
}

function jsonResults({ case: id, round, attempts }: Verdict): string[] {
  return attempts.map((result, i) => JSON.stringify(jsonResult(result, { case: id, round, attempt: i + 1 }), null, 2))
}

function indented(documents: readonly string[]): string {
  return documents.map(text => text.replace(/^/gm, '    ')).join(',\n')
}
