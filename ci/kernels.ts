import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { openCache } from '../vm/cache/cache.ts'
import { type KnownKernel, listKernels } from '../vm/kernel/inventory.ts'

/** Shows the kernels a run can be asked for by name; gives the exit code. */
export async function kernels(options: { readonly json?: boolean }): Promise<number> {
  const known = await listKernels(await openCache())
  if (options.json) process.stdout.write(`${JSON.stringify(known, null, 2)}\n`)
  else for (const line of known.map(describe)) process.stdout.write(`${line}\n`)
  return ExitCode.pass
}

function describe({ name, suites, default: isDefault, cached, version = '', bytes = 0 }: KnownKernel): string {
  const state = cached ? `${version}, ${Math.round(bytes / 1e6)} MB in the cache` : 'fetched when first used'
  return `${name.padEnd(6)}  ${suites.join(', ').padEnd(10)}  ${state}${isDefault ? '  (default)' : ''}`
}
