import type { CaseId } from '../events.ts'
import type { Entry } from './baseline.ts'

/** What an entry is about besides kernels. */
export type Place = Pick<CaseId, 'scenario' | 'fs'>

/** Whether an entry is about this scenario on these file systems, on whatever kernels. */
export function isAbout(entry: Entry, { scenario, fs }: Place): boolean {
  return isGlobOf(entry.scenario, scenario) && isGlobOf(entry.fs, fs)
}

/**
 * Below 0 where `a` decides before `b`: one that names the scenario goes before one with a `*`, then the same for the file system, then the
 * one that names the kernel most narrowly.
 */
export function compareNarrowness(a: Entry, b: Entry): number {
  const exact = (text: string) => Number(!text.includes('*'))
  return exact(b.scenario) - exact(a.scenario) || exact(b.fs) - exact(a.fs) || b.kernel.rank - a.kernel.rank
}

/** Whether two entries contradict each other wherever neither is the narrower one. */
export function areRivals(a: Entry, b: Entry): boolean {
  const { expectation: one } = a
  const { expectation: other } = b
  return compareNarrowness(a, b) === 0 && (one.outcome !== other.outcome || one.code !== other.code)
}

function isGlobOf(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name
  const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name)
}
