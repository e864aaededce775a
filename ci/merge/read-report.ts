import { readFile, stat } from 'node:fs/promises'
import { reasonOf } from '../../lib/file-trouble.ts'
import type { ScenarioResult, Trial } from '../../scenarios/kit/result.ts'
import { readJsonDocument } from '../../vm/document/read-json.ts'
import { harmless } from '../../vm/harmless.ts'
import type { Verdict } from '../events.ts'
import { keyOf } from '../plan/case-id.ts'
import { MergeError } from './error.ts'
import { reportSchema, type WrittenReport, type WrittenResult } from './report-schema.ts'

/** A run's JSON report, read again. */
export type Report = Pick<
  WrittenReport,
  'incomplete' | 'idmaplab' | 'started' | 'ended' | 'cut' | 'shard' | 'heldTo' | 'kernels' | 'plan'
> & {
  /** The file's name. */
  readonly name: string
  readonly verdicts: readonly Verdict[]
}

/** Reports of a shard are some MB; what is larger is none. */
const MOST_BYTES = 256 * 1024 * 1024

/** Reads a report that some machine wrote: its words are fit to be shown. Rejects with a `MergeError`. */
export async function readReport(name: string): Promise<Report> {
  const read = readJsonDocument(await textOf(name), reportSchema, { text: harmless })
  if ('wrong' in read)
    throw new MergeError(`${name} is no JSON report of idmaplab, as --reporter json=FILE writes it: ${read.wrong}.`)
  const { verdicts, results, rounds, ...report } = read.document
  if (rounds !== undefined)
    throw new MergeError(`${name} was made with --repeat: it does not have the results of all its rounds.`)
  requirePlanned(name, report.plan, verdicts)
  return {
    ...report,
    name,
    verdicts: verdicts.map(verdict => ({ ...verdict, attempts: attemptsOf(verdict, results, name) })),
  }
}

/** A verdict that is not in the plan, or there twice, would be lost where the whole is put together. */
function requirePlanned(name: string, plan: WrittenReport['plan'], verdicts: WrittenReport['verdicts']): void {
  const left = new Set(plan.map(keyOf))
  for (const { case: id } of verdicts)
    if (!left.delete(keyOf(id)))
      throw new MergeError(`${name} has a verdict on ${keyOf(id)} that its plan does not have, or has it twice.`)
}

async function textOf(name: string): Promise<string> {
  try {
    const { size } = await stat(name)
    if (size > MOST_BYTES) throw new MergeError(`${name} is no report: it has ${size} bytes.`)
    return await readFile(name, 'utf8')
  } catch (error) {
    if (error instanceof MergeError) throw error
    throw new MergeError(`${name} can't be read: ${reasonOf(error)}.`)
  }
}

function attemptsOf(
  { case: id, round, attempts }: WrittenReport['verdicts'][number],
  results: readonly WrittenResult[],
  name: string,
): ScenarioResult[] {
  const ours = results
    .filter(result => result.scenario === id.scenario && result.asked === id.kernel && result.round === round)
    .toSorted((a, b) => a.attempt - b.attempt)
  if (ours.length !== attempts || attempts === 0)
    throw new MergeError(`${name} has ${ours.length} results of ${keyOf(id)}, and its verdict is about ${attempts}.`)
  return ours.map(asResult)
}

function asResult({
  fs: _fs,
  asked: _asked,
  round: _round,
  attempt: _attempt,
  ...result
}: WrittenResult): ScenarioResult {
  return {
    ...result,
    rows: result.rows.map(({ chapter, path, disk, host, container, expected, outcome, ...trial }) => ({
      chapter,
      path,
      disk: { expected: expected.disk, found: disk },
      host: { expected: expected.host, found: host },
      container: { expected: expected.container, found: container },
      outcome,
      ...trialOf(trial),
    })),
    checks: result.checks.map(({ actor, operation, maps, at, ...check }) => ({
      ...check,
      ...trialOf({ actor, operation, maps, at }),
    })),
  }
}

function trialOf({ actor, operation, maps, at }: { [Key in keyof Trial]?: Trial[Key] | undefined }): { trial?: Trial } {
  if (actor === undefined || operation === undefined || maps === undefined || at === undefined) return {}
  return { trial: { actor, operation, maps, at } }
}
