import { IdmaplabError } from '../lib/error.ts'
import { ExitCode, exitCodeOfError } from '../scenarios/kit/exit-code.ts'
import { openCache } from '../vm/cache/cache.ts'
import { readKernelLock } from '../vm/kernel/lock.ts'
import { type ResolveOptions, resolveSpec } from '../vm/kernel/resolve.ts'
import { matrixKernels } from '../vm/kernel/series.ts'
import type { HostKernel, Kernel } from '../vm/kernel/source.ts'
import { type KernelSpec, parseKernelList } from '../vm/kernel/spec.ts'
import { requireKernels } from './plan/require-kernels.ts'
import { terminalProgress } from './terminal-progress.ts'

export type FetchOptions = { readonly kernelsLock?: string; readonly json?: boolean }

/** Gets kernels into the cache. One that can't be had now does not keep the others away; gives the exit code of the worst. */
export async function fetchKernels(names: readonly string[], options: FetchOptions): Promise<number> {
  const lock = options.kernelsLock === undefined ? undefined : await readKernelLock(options.kernelsLock)
  const usual = lock === undefined ? matrixKernels() : Object.keys(lock.kernels)
  const specs = parseKernelList((names.length === 0 ? usual : names).join(','))
  const progress = terminalProgress()
  const how = { cache: await openCache(), progress, newest: true, ...(lock === undefined ? {} : { lock }) }
  await requireKernels(specs, how)
  const fetched: (Kernel | HostKernel)[] = []
  let worst: number = ExitCode.pass
  for (const spec of specs) {
    const result = await tryOne(spec, how)
    if (result instanceof IdmaplabError) {
      progress.note(result.message)
      worst = Math.max(worst, exitCodeOfError(result))
      continue
    }
    fetched.push(result)
    if (!options.json) process.stdout.write(`${result.name}  ${result.version}\n`)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(fetched, null, 2)}\n`)
  return worst
}

async function tryOne(spec: KernelSpec, how: ResolveOptions): Promise<Kernel | HostKernel | IdmaplabError> {
  try {
    return await resolveSpec(spec, how)
  } catch (error) {
    if (error instanceof IdmaplabError) return error
    throw error
  }
}
