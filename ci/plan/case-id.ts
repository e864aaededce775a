import type { Scenario } from '../../scenarios/kit/story.ts'
import type { CaseId } from '../events.ts'

/** The case that a story is on a kernel, which is called as the user wrote it. */
export function caseIdOf(story: Scenario, kernel: string): CaseId {
  return { scenario: story.name, kernel, fs: filesystemsOf(story).join('+') }
}

/** What the story is about: its disks' file systems, and those it says it needs; sorted, each once. */
export function filesystemsOf(story: Scenario): string[] {
  const needed = story.needs.flatMap(need => ('overlayOver' in need ? ['overlay'] : []))
  return [...new Set([...Object.values(story.disks).map(disk => disk.fs), ...needed])].sort()
}

/** The same for the same case, and for no other. */
export function keyOf({ scenario, kernel }: Pick<CaseId, 'scenario' | 'kernel'>): string {
  return `${scenario} on ${kernel}`
}
