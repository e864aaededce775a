import { filesystemsOf } from '../../scenarios/kit/needs.ts'
import type { Scenario } from '../../scenarios/kit/story.ts'
import type { CaseId } from '../events.ts'

/** The case that a story is on a kernel, which is called as the user wrote it. */
export function caseIdOf(story: Scenario, kernel: string): CaseId {
  return { scenario: story.name, kernel, fs: filesystemsOf(story).join('+') }
}

/** The same for the same case, and for no other. */
export function keyOf({ scenario, kernel }: Pick<CaseId, 'scenario' | 'kernel'>): string {
  return `${scenario} on ${kernel}`
}
