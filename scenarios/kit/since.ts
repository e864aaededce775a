import { parseKernelVersion } from '../../lib/idmap/kernel-version.ts'
import { agreement } from '../../lib/model/agreement.ts'
import { releaseNumber } from '../../lib/model/upstream-version.ts'
import type { Act, Ledger } from './ledger.ts'

type Running = {
  readonly ledger: Ledger
  /** `uname -r`. */
  readonly running: string
  /** How it was tried. */
  readonly act: Act
}

/** Claims that the kernel has what Linux has since this line, `6.3`. An older kernel may have it too: distributions backport. */
export function checkSince({ ledger, running, act }: Running, claim: string, since: string, found: boolean): boolean {
  const version = releaseNumber(running)
  const missing = version !== undefined && agreement(found, { since: parseKernelVersion(since) }, version) === 'missing'
  const inWords = (there: boolean): string => (there ? 'yes' : 'no')
  ledger.check(`${claim} (since Linux ${since})`, inWords(found || missing), inWords(found), act)
  return found
}
