import os from 'node:os'
import { compareKernelVersions, parseKernelVersion } from '../../../lib/idmap/kernel-version.ts'
import { releaseNumber } from '../../../lib/model/upstream-version.ts'

/** Whether the kernel this runs on calls itself this version or a later one: `6.15`. */
export function runsAtLeast(version: string): boolean {
  const running = releaseNumber(os.release())
  return running !== undefined && compareKernelVersions(running, parseKernelVersion(version)) >= 0
}
