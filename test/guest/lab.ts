import type { Case } from '../../scenarios/kit/case.ts'
import { failures, type ScenarioResult } from '../../scenarios/kit/result.ts'
import { runScenario } from '../../scenarios/kit/run.ts'
import type { Sabotage } from '../../scenarios/kit/sabotage.ts'
import type { Scenario } from '../../scenarios/kit/story.ts'
import { openCache } from '../../vm/cache/cache.ts'
import type { Guest, GuestSpec } from '../../vm/guest/guest.ts'
import { openGuest } from '../../vm/guest/open.ts'
import type { Method, Requests } from '../../vm/guest/protocol.ts'
import { runProgram } from '../../vm/guest/run-program.ts'
import { resolveSpec } from '../../vm/kernel/resolve.ts'
import { parseKernelSpec } from '../../vm/kernel/spec.ts'
import { silent } from '../../vm/progress.ts'
import { madeReady } from './ready.ts'

await madeReady('6.12')

/** A real guest for a test, on the default kernel or another; `host` is this machine's own. */
export async function startGuest(spec: Partial<GuestSpec> = {}, name = '6.12'): Promise<Guest> {
  const cache = await openCache()
  const kernel = await resolveSpec(parseKernelSpec(name), { cache, progress: silent })
  const logFile = `${await cache.logs()}/console.log`
  return openGuest({ kernel, accelerator: 'auto', disks: [], logFile, ...spec }, cache, silent)
}

/** Tells a story on a real guest, with one thing broken if asked; `opened` gets the guest before the story begins. */
export async function tell(
  story: Scenario,
  sabotage?: Sabotage,
  spec: Partial<GuestSpec> = {},
  opened: (guest: Guest) => void = () => {},
  setting: Partial<Case> = {},
): Promise<ScenarioResult> {
  const cache = await openCache()
  return runScenario(story, {
    kernel: setting.kernel ?? (await resolveSpec(parseKernelSpec('6.12'), { cache, progress: silent })),
    open: async (wanted, ...rest) => {
      const guest = await openGuest({ ...wanted, ...spec }, ...rest)
      opened(guest)
      return guest
    },
    accelerator: 'auto',
    cache,
    progress: silent,
    artifacts: await cache.logs(),
    ...setting,
    ...(sabotage === undefined ? {} : { sabotage }),
  })
}

/** What a test shows when an outcome is not the expected one. */
export function inWords(result: ScenarioResult): string {
  return [result.outcome, result.reason ?? '', ...result.details, ...failures(result)].join('\n')
}

/** Runs a program of this checkout in the guest, as its root, and gives what it wrote to stdout; rejects if it fails. */
export async function runInGuest(guest: Guest, program: URL): Promise<string> {
  const { code, stdout, stderr } = await runProgram(guest, program)
  if (code !== 0) throw new Error(`${program.pathname} ended with ${code} in the guest: ${stderr}`)
  return stdout
}

/** For each method, what a guest is asked instead of what the story asks. */
type Changes = { readonly [M in Method]?: (params: Requests[M]) => Requests[M] }

/** Tells a story in a guest that is asked something else than the story asks. */
export function tellMisled(story: Scenario, changes: Changes): Promise<ScenarioResult> {
  return tell(story, undefined, {}, undefined, {
    open: async (...wanted) => {
      const guest = await openGuest(...wanted)
      const call: Guest['call'] = (method, params, onOutput) =>
        guest.call(method, changes[method]?.(params) ?? params, onOutput)
      return new Proxy(guest, {
        get: (target, name) => (name === 'call' ? call : bound(target, Reflect.get(target, name))),
      })
    },
  })
}

function bound(target: object, member: unknown): unknown {
  return typeof member === 'function' ? member.bind(target) : member
}
