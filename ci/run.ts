import type { Case } from '../scenarios/kit/case.ts'
import { exitCodeOf } from '../scenarios/kit/exit-code.ts'
import type { ScenarioResult } from '../scenarios/kit/result.ts'
import { runScenario } from '../scenarios/kit/run.ts'
import { type Sabotage, whyNotBreakable } from '../scenarios/kit/sabotage.ts'
import type { Scenario } from '../scenarios/kit/story.ts'
import { renderResult } from '../scenarios/kit/table.ts'
import { openCache } from '../vm/cache/cache.ts'
import { bootGuest } from '../vm/guest/boot.ts'
import { resolveKernel } from '../vm/kernel/resolve.ts'
import type { AcceleratorChoice } from '../vm/qemu/accelerator.ts'
import { loadScenarios } from './catalogue.ts'
import { jsonReport } from './report-json.ts'
import { terminalProgress } from './terminal-progress.ts'
import { UsageError } from './usage-error.ts'

export type RunOptions = {
  readonly kernel: string
  readonly modules?: string
  readonly fs?: string
  readonly accel: AcceleratorChoice
  readonly keep?: boolean
  readonly json?: boolean
  readonly break?: Sabotage
}

/** Tells the scenarios one after the other and reports them; gives the exit code. */
export async function run(names: readonly string[], options: RunOptions): Promise<number> {
  const stories = await loadScenarios(names, options.fs)
  if (options.break !== undefined) requireBreakable(stories, options.break)
  const progress = terminalProgress()
  const cache = await openCache()
  const kernel = await resolveKernel(options.kernel, {
    cache,
    progress,
    ...(options.modules === undefined ? {} : { modules: options.modules }),
  })
  const setting: Case = {
    kernel,
    boot: bootGuest,
    cache,
    progress,
    accelerator: options.accel,
    artifacts: await cache.logs(),
    keepArtifacts: options.keep ?? false,
    ...(options.break === undefined ? {} : { sabotage: options.break }),
  }
  const results: ScenarioResult[] = []
  for (const story of stories) {
    const result = await runScenario(story, setting)
    results.push(result)
    if (!options.json) process.stdout.write(`\n${renderResult(result)}\n`)
  }
  if (options.keep) progress.note(`the images and logs are kept in ${setting.artifacts}`)
  if (options.json) process.stdout.write(`${jsonReport(results)}\n`)
  else process.stdout.write(`\n${closingLine(results)}\n`)
  return exitCodeOf(results.map(({ outcome }) => outcome))
}

function requireBreakable(stories: readonly Scenario[], sabotage: Sabotage): void {
  for (const { name, disks } of stories) {
    const why = whyNotBreakable(Object.values(disks), sabotage)
    if (why !== undefined) throw new UsageError(`--break ${sabotage} would break nothing in ${name}: ${why}.`)
  }
}

function closingLine(results: readonly ScenarioResult[]): string {
  const count = (outcome: string) => results.filter(result => result.outcome === outcome).length
  const line = `${results.length} scenarios: ${count('PASS')} PASS, ${count('FAIL')} FAIL, ${count('SKIP')} SKIP, ${count('ERROR')} ERROR`
  return count('SKIP') === results.length ? `${line}; nothing was executed, so nothing is proven` : line
}
