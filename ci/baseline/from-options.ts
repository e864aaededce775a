import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { reasonOf } from '../../lib/file-trouble.ts'
import { replaceFile } from '../../lib/ranges/replace-file.ts'
import { fingerprint } from '../../vm/cache/fingerprint.ts'
import { type Gate, plainGate } from '../engine/gate.ts'
import type { CaseId, HeldTo, Reporter, Verdict } from '../events.ts'
import { Tally } from '../tally.ts'
import { UsageError } from '../usage-error.ts'
import { type Baseline, readBaseline } from './baseline.ts'
import { BaselineError } from './error.ts'
import { baselineGate } from './gate.ts'
import { EMPTY_BASELINE, updateBaseline } from './update.ts'

export type BaselineOptions = {
  readonly baseline?: string
  readonly strict?: boolean
  readonly updateBaseline?: boolean
}

/** What judges a run, and who else listens to it. */
type Judgement = { readonly gate: Gate; readonly listeners: readonly Reporter[]; readonly heldTo?: HeldTo }

/** Holds a run of these cases to the baseline, or rewrites it after the run; without one, to nothing but itself. `note` is told what was rewritten. */
export async function judgementOf(
  options: BaselineOptions,
  cases: readonly CaseId[],
  note: (line: string) => void,
): Promise<Judgement> {
  const { baseline: file, strict = false, updateBaseline: update = false } = options
  if (file === undefined) {
    if (strict || update) throw new UsageError(`--${strict ? 'strict' : 'update-baseline'} goes with --baseline FILE.`)
    return { gate: plainGate(), listeners: [] }
  }
  if (strict && update)
    throw new UsageError(
      '--strict and --update-baseline contradict each other: one holds to the file, the other changes it.',
    )
  const baseline = readBaseline(await textOf(file, update), file, { draft: update, cases })
  const mode = update ? 'update' : strict ? 'strict' : 'usual'
  const heldTo = { file, id: fingerprint(baseline.text), mode } as const
  return { gate: baselineGate(baseline, mode), listeners: update ? [updater(file, baseline, note)] : [], heldTo }
}

async function textOf(file: string, update: boolean): Promise<string> {
  if (update && !existsSync(file)) return EMPTY_BASELINE
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const way = existsSync(file) ? '' : '; a run with --update-baseline writes one'
    throw new UsageError(`--baseline ${file} cannot be read: ${reasonOf(cause)}${way}.`, { cause })
  })
}

function updater(file: string, baseline: Baseline, note: (line: string) => void): Reporter {
  const tally = new Tally()
  return {
    hear(event) {
      if (event.type === 'case.ended') tally.add(event.verdict)
    },
    async close() {
      const verdicts: readonly Verdict[] = tally.kept
      const text = updateBaseline(baseline, verdicts)
      const isNew = !existsSync(file)
      if (text === baseline.text && !isNew) return note(`${file} expects all of this already`)
      rewrite(file, text)
      const waiting = text.split('\n').filter(line => /: TODO( #.*)?$/.test(line)).length
      const todo = waiting === 0 ? '' : `; in ${waiting} places of it a reason or a link is still to be given (TODO)`
      note(`${file} is ${isNew ? 'written' : 'rewritten'}${todo}`)
    },
  }
}

function rewrite(file: string, text: string): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`)
  try {
    replaceFile(file, text, { temporary })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BaselineError(`${file} cannot be rewritten: ${why}.`, { cause })
  }
}
