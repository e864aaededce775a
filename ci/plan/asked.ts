import { fileURLToPath } from 'node:url'
import { type Sabotage, whyNotBreakable } from '../../scenarios/kit/sabotage.ts'
import type { Scenario } from '../../scenarios/kit/story.ts'
import { type KernelLock, lockedPackages, readKernelLock } from '../../vm/kernel/lock.ts'
import { type KernelSpec, parseKernelList } from '../../vm/kernel/spec.ts'
import { loadScenarios } from '../catalogue.ts'
import { UsageError } from '../usage-error.ts'
import { expectedSeconds, readDurations } from './durations.ts'
import { parseFilter } from './filter.ts'
import { type Plan, planOf, shardOf } from './plan.ts'
import { parseShard } from './shard.ts'

/** What decides which cases there are. */
export type Asked = {
  /** One or several, with commas. */
  readonly kernel: string
  readonly modules?: string
  readonly kernelsLock?: string
  readonly fs?: string
  readonly filter?: string
  readonly break?: Sabotage
  readonly repeat?: number
  /** `i/n`. */
  readonly shard?: string
  readonly durations?: string
}

/** How long the cases take here, so that shards are cut alike on every machine that has this checkout, whatever is in its cache. */
const USUAL_DURATIONS = fileURLToPath(new URL('durations.json', import.meta.url))

/** The plan for these scenarios (all when none is named), and the lock its kernels are held to. UsageError for what does not exist. */
export async function planAsked(names: readonly string[], asked: Asked): Promise<{ plan: Plan; lock?: KernelLock }> {
  const stories = filtered(await loadScenarios(names, asked.fs), asked.filter)
  if (asked.break !== undefined) requireBreakable(stories, asked.break)
  const lock = asked.kernelsLock === undefined ? undefined : await readKernelLock(asked.kernelsLock)
  const whole = planOf(stories, kernelsOf(asked, lock), asked.repeat ?? 1)
  return { plan: await sharded(whole, asked), ...(lock && { lock }) }
}

function filtered(stories: readonly Scenario[], filter: string | undefined): readonly Scenario[] {
  if (filter === undefined) return stories
  const wanted = parseFilter(filter)
  const chosen = stories.filter(({ name, title }) => wanted(name) || wanted(title))
  if (chosen.length > 0) return chosen
  const known = stories.map(({ name }) => name).join(', ')
  throw new UsageError(`--filter ${JSON.stringify(filter)} leaves none of these scenarios: ${known}.`)
}

function requireBreakable(stories: readonly Scenario[], sabotage: Sabotage): void {
  for (const { name, disks } of stories) {
    const why = whyNotBreakable(Object.values(disks), sabotage)
    if (why !== undefined) throw new UsageError(`--break ${sabotage} would break nothing in ${name}: ${why}.`)
  }
}

function kernelsOf({ kernel, modules }: Asked, lock: KernelLock | undefined): KernelSpec[] {
  const specs = parseKernelList(kernel)
  if (lock !== undefined) for (const { name } of specs) lockedPackages(lock, name)
  if (modules !== undefined && !specs.some(({ kind }) => kind === 'file'))
    throw new UsageError(`--modules goes with a kernel image of your own; ${kernel} brings its modules.`)
  return specs
}

async function sharded(plan: Plan, { shard, durations }: Asked): Promise<Plan> {
  if (shard === undefined) {
    if (durations !== undefined)
      throw new UsageError('--durations says how to cut a run into shards: it goes with --shard i/n.')
    return plan
  }
  return shardOf(plan, parseShard(shard), expectedSeconds(await readDurations(durations ?? USUAL_DURATIONS)))
}
