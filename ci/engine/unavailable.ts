import { IdmaplabError } from '../../lib/error.ts'
import type { Case } from '../../scenarios/kit/case.ts'
import { repeatCommand } from '../../scenarios/kit/repeat-command.ts'
import type { ScenarioResult } from '../../scenarios/kit/result.ts'
import type { Scenario } from '../../scenarios/kit/story.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'

/** Why a kernel can't be used: a stable code, one sentence, and whatever a person needs besides. */
export type Unavailability = { readonly code: string; readonly reason: string; readonly details: readonly string[] }

export function whyUnavailable(error: unknown): Unavailability {
  if (error instanceof IdmaplabError) return { code: error.code, reason: error.message, details: detailsOf(error) }
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : []
  const reason = error instanceof Error ? error.message : String(error)
  return { code: 'UNFORESEEN', reason, details: stack.map(line => line.trim()) }
}

function detailsOf(error: IdmaplabError): readonly string[] {
  if (error instanceof KernelTrouble) return [...error.trace, ...error.details]
  return error instanceof HarnessError ? error.details : []
}

/** What a kernel said that got into trouble before any case. */
export type Crash = NonNullable<ScenarioResult['crash']>

export function crashOf(error: unknown): Crash | undefined {
  return error instanceof KernelTrouble ? { kind: error.kind, trace: error.trace } : undefined
}

type Asked = Pick<Case, 'accelerator' | 'sabotage' | 'timeout' | 'seed'> & {
  readonly kernel: Pick<Kernel | HostKernel, 'name' | 'givenModules'>
  /** `uname -r`, where that much is known. */
  readonly version: string
}

/** The result of a story that nobody could tell, since its kernel can't be used: a FAIL if that got into trouble itself, else an ERROR. */
export function untold(story: Scenario, asked: Asked, { code, reason }: Unavailability, crash?: Crash): ScenarioResult {
  return {
    scenario: story.name,
    title: story.title,
    ...(crash === undefined ? { outcome: 'ERROR' } : { outcome: 'FAIL', crash }),
    code,
    reason,
    details: [],
    kernel: asked.version,
    chapters: [],
    rows: [],
    checks: [],
    seconds: 0,
    repeat: repeatCommand(story, asked, asked.seed),
  }
}
