import { ExitCode, exitCodeOfError } from '../../scenarios/kit/exit-code.ts'
import { type ResolveOptions, requirePossible } from '../../vm/kernel/resolve.ts'
import type { KernelSpec } from '../../vm/kernel/spec.ts'

/**
 * Rejects with the user's mistake, before anything runs, where one of these kernels cannot be. What else is wrong with one, that the
 * archive does not answer too, costs its own cases when it is their turn.
 */
export async function requireKernels(specs: readonly KernelSpec[], options: ResolveOptions): Promise<void> {
  const { modules, ...others } = options
  for (const spec of specs) {
    const ours = modules === undefined || spec.kind !== 'file' ? others : options
    await requirePossible(spec, ours).catch(throwUsersMistake)
  }
}

function throwUsersMistake(error: unknown): void {
  if (exitCodeOfError(error) === ExitCode.usage) throw error
}
