import { readKernelLock } from '../vm/kernel/lock.ts'
import { matrixKernels } from '../vm/kernel/series.ts'
import { type RunOptions, run } from './run.ts'

export type MatrixOptions = Omit<RunOptions, 'kernel'> & { readonly kernels?: string; readonly fresh?: boolean }

/** A run over many kernels: those named, else those of the lock, else the usual ones. One that was cut short goes on where it ended. Gives the exit code. */
export async function matrix(names: readonly string[], { kernels, fresh, ...options }: MatrixOptions): Promise<number> {
  const kernel = kernels ?? (await usualKernels(options.kernelsLock)).join(',')
  return run(names, { ...options, kernel }, fresh ? 'fresh' : 'resumed')
}

async function usualKernels(lock: string | undefined): Promise<readonly string[]> {
  return lock === undefined ? matrixKernels() : Object.keys((await readKernelLock(lock)).kernels)
}
