import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { openCache } from '../vm/cache/cache.ts'
import { removeKernels } from '../vm/kernel/inventory.ts'
import { UsageError } from './usage-error.ts'

/** Removes kernels from the cache and says which; gives the exit code. */
export async function removeFromCache(names: readonly string[], options: { readonly all?: boolean }): Promise<number> {
  const listed = names.flatMap(name => name.split(','))
  if (options.all && listed.length > 0) throw new UsageError('kernels rm takes names or --all, not both.')
  if (!options.all && listed.length === 0)
    throw new UsageError('kernels rm needs the names of kernels, as kernels list shows them, or --all.')
  const removed = await removeKernels(await openCache(), options.all ? 'all' : listed)
  for (const { version } of removed) process.stdout.write(`removed ${version}\n`)
  if (removed.length === 0) process.stdout.write('there was no kernel in the cache\n')
  return ExitCode.pass
}
