import { writeFile } from 'node:fs/promises'
import { reasonOf } from '../lib/file-trouble.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { openCache } from '../vm/cache/cache.ts'
import { renderLock } from '../vm/kernel/lock.ts'
import { lockKernels } from '../vm/kernel/locked.ts'
import { matrixKernels } from '../vm/kernel/series.ts'
import { parseKernelList } from '../vm/kernel/spec.ts'
import { terminalProgress } from './terminal-progress.ts'
import { UsageError } from './usage-error.ts'

export type LockOptions = { readonly kernels?: string; readonly output?: string }

/** Writes down what kernels are to the byte, fetching those that the cache lacks; gives the exit code. */
export async function lock(options: LockOptions): Promise<number> {
  const specs = parseKernelList(options.kernels ?? matrixKernels().join(','))
  const text = renderLock(await lockKernels(specs, { cache: await openCache(), progress: terminalProgress() }))
  if (options.output === undefined) process.stdout.write(text)
  else
    await writeFile(options.output, text).catch((cause: unknown) => {
      throw new UsageError(`The lock ${options.output} cannot be written: ${reasonOf(cause)}.`, { cause })
    })
  return ExitCode.pass
}
