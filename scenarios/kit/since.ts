import { compareKernelVersions, parseKernelVersion } from '../../lib/idmap/kernel-version.ts'
import type { Ledger } from './ledger.ts'

type Running = {
  readonly ledger: Ledger
  /** `uname -r`. */
  readonly running: string
}

/** Claims that the kernel has what Linux has since this version, which was tried. An older kernel may have it too: distributions backport. */
export function checkSince({ ledger, running }: Running, claim: string, since: string, found: boolean): boolean {
  const must = compareKernelVersions(parseKernelVersion(running), parseKernelVersion(since)) >= 0
  const inWords = (there: boolean): string => (there ? 'yes' : 'no')
  ledger.check(`${claim} (since Linux ${since})`, inWords(must || found), inWords(found))
  return found
}
