import { compareKernelVersions, formatKernelVersion, type KernelVersion } from '../idmap/kernel-version.ts'

/** From which kernel on there is something, and until which, where it left the tree again. */
export interface Span {
  /** `undefined`: in no kernel. */
  readonly since: KernelVersion | undefined
  /** The last line of kernels that has it. */
  readonly until?: KernelVersion
}

/**
 * How what a kernel was found to have stands to the table. `earlier`: it has what the table gives to later kernels only, as
 * those of distributions do that take things over. `missing`: it lacks what kernels of its version have.
 */
export type Agreement = 'agrees' | 'earlier' | 'missing'

/** Compares by major and minor version: what a kernel can do comes with a new line, and distributions keep the number of the line. */
export function agreement(found: boolean, span: Span, version: KernelVersion): Agreement {
  if (found === isIn(span, version)) return 'agrees'
  return found ? 'earlier' : 'missing'
}

/** In words: `since 6.12 until 6.17`, or `in no kernel`. */
export function spanInWords({ since, until }: Span): string {
  if (since === undefined) return 'in no kernel'
  const from = `since ${formatKernelVersion(since)}`
  return until === undefined ? from : `${from} until ${formatKernelVersion(until)}`
}

function isIn({ since, until }: Span, { major, minor }: KernelVersion): boolean {
  const line = { major, minor }
  if (since === undefined || compareKernelVersions(line, since) < 0) return false
  return until === undefined || compareKernelVersions(line, until) <= 0
}
