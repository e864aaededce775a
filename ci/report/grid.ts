import type { CaseId, CaseOutcome, Verdict } from '../events.ts'
import { keyOf } from '../plan/case-id.ts'
import { isFailure } from '../verdict.ts'
import type { RunSoFar } from './run-so-far.ts'

/** What became of one case on one kernel, of several rounds the worst; `-` where it was not planned or not told. */
type Cell = { readonly text: string; readonly outcome?: CaseOutcome; readonly failing: boolean }

type GridRow = { readonly name: string; readonly failing: boolean; readonly cells: readonly Cell[] }

/** Kernels from left to right, cases from top to bottom, those that fail somewhere first. */
export type Grid = { readonly kernels: readonly string[]; readonly rows: readonly GridRow[] }

const BADNESS: readonly CaseOutcome[] = ['PASS', 'SKIP', 'FLAKY', 'ERROR', 'FAIL']

export function gridOf(run: RunSoFar): Grid {
  const kernels = run.kernels.map(({ name }) => name)
  const worst = new Map<string, Verdict>()
  for (const verdict of run.verdicts) {
    const before = worst.get(keyOf(verdict.case))
    if (before === undefined || isWorse(verdict, before)) worst.set(keyOf(verdict.case), verdict)
  }
  const names = new Map((run.started?.cases ?? []).map(({ scenario, fs }) => [scenario, `${scenario} (${fs})`]))
  const rows = [...names].map(([scenario, name]) => {
    const cells = kernels.map(kernel => cellOf(worst.get(keyOf({ scenario, kernel }))))
    return { name, cells, failing: cells.some(({ failing }) => failing) }
  })
  return { kernels, rows: [...rows.filter(row => row.failing), ...rows.filter(row => !row.failing)] }
}

/** The outcome, and how it stands to the baseline where that is worth a word. */
export function outcomeInWords({ outcome, standing }: Pick<Verdict, 'outcome' | 'standing'>): string {
  const usual = standing === undefined || (standing === 'expected' && (outcome === 'PASS' || outcome === 'SKIP'))
  return usual ? outcome : `${outcome} ${standing}`
}

/** `vfat-usb-stick on 6.12`. */
export function caseInWords({ scenario, kernel }: CaseId): string {
  return keyOf({ scenario, kernel })
}

function isWorse(a: Verdict, b: Verdict): boolean {
  const badness = (verdict: Verdict) => BADNESS.indexOf(verdict.outcome) + (isFailure(verdict) ? BADNESS.length : 0)
  return badness(a) > badness(b)
}

function cellOf(verdict: Verdict | undefined): Cell {
  if (verdict === undefined) return { text: '-', failing: false }
  return { text: outcomeInWords(verdict), outcome: verdict.outcome, failing: isFailure(verdict) }
}
