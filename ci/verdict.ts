import type { CaseId, Cut, Verdict } from './events.ts'

/**
 * Whether a verdict fails a run: without a baseline everything but PASS and SKIP, with one whatever is worse than the baseline
 * expects. A FLAKY case failed: at least once the kernel did what it must not.
 */
export function isFailure({ outcome, standing }: Pick<Verdict, 'outcome' | 'standing'>): boolean {
  if (standing === 'new') return true
  return (standing === undefined || standing === 'unknown') && outcome !== 'PASS' && outcome !== 'SKIP'
}

/** What a verdict came to in the end: of several attempts the last. */
export function lastAttempt({ attempts }: Verdict) {
  return attempts.at(-1)
}

/** A case as a report calls it where the kernel is known: `vfat-usb-stick (vfat), round 2`. */
export function caseName({ scenario, fs }: CaseId, round: number, rounds: number): string {
  return `${scenario} (${fs})${rounds === 1 ? '' : `, round ${round}`}`
}

/** Whether a run that ended so is not whole; what `--fail-fast` leaves out is left out on purpose. */
export function isBrokenOff(cut: Cut | undefined): cut is 'interrupted' | 'lost' {
  return cut === 'interrupted' || cut === 'lost'
}

/** Why a report of such a run is incomplete. */
export const BROKEN_OFF = {
  interrupted: 'the run was interrupted',
  lost: 'the report of a part of the run is missing, or was broken off',
} as const
