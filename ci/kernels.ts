import { openCache } from '../vm/cache/cache.ts'
import { listKernels } from '../vm/kernel/resolve.ts'
import { ExitCode } from './exit-code.ts'

/** Shows the kernels a run can be asked for by name; gives the exit code. */
export async function kernels(options: { readonly json?: boolean }): Promise<number> {
  const known = await listKernels(await openCache())
  if (options.json) process.stdout.write(`${JSON.stringify(known, null, 2)}\n`)
  else for (const line of known.map(describe)) process.stdout.write(`${line}\n`)
  return ExitCode.pass
}

function describe(kernel: Awaited<ReturnType<typeof listKernels>>[number]): string {
  return JSON.stringify(kernel)
}
