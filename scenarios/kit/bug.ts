import { formatKernelVersion } from '../../lib/idmap/kernel-version.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { type BugPresence, bugPresence, bugRange, fixInWords, type KnownBug } from '../../lib/model/known-bugs.ts'
import { upstreamVersion } from '../../lib/model/upstream-version.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import type { BugFinding, Check } from './result.ts'

/** A story's bug, and whether the kernel it is told on must have it. */
export type BugExpectation = {
  readonly bug: KnownBug
  /** `unknown`, where the kernel does not tell its upstream version, is taken for `absent`. */
  readonly presence: BugPresence | 'unknown'
  /** `6.1.176`, for a kernel that tells. */
  readonly upstream?: string
}

/** What a claim about a bug should find: without the bug, and with it. */
export type EitherWay = { readonly mended: string; readonly buggy: string }

/** Looks which version of upstream's the guest's kernel is. */
export async function expectBug(bug: KnownBug, guest: Guest): Promise<BugExpectation> {
  const build = await readText(guest, '/proc/sys/kernel/version')
  const signature = await readText(guest, '/proc/version_signature')
  const version = upstreamVersion({ release: guest.kernelRelease, build, signature })
  if (version === undefined) return { bug, presence: 'unknown' }
  return { bug, presence: bugPresence(bug, version), upstream: formatKernelVersion(version) }
}

/** Whether the trouble the kernel got into is the one by which the bug shows. */
export function isOopsOf({ oopsIn }: KnownBug, { kind, trace }: KernelTrouble): boolean {
  return oopsIn !== undefined && kind === 'oops' && trace.some(line => new RegExp(`\\b${oopsIn}\\b`).test(line))
}

type BugVerdict = {
  readonly outcome: 'PASS' | 'FAIL'
  readonly code?: string
  readonly reason?: string
  readonly bug: BugFinding
}

/** A bug that shows just where the table has it is a PASS, which says that the kernel has it; one that shows elsewhere, or does not show, a FAIL. */
export function judgeBug(expectation: BugExpectation, checks: readonly Check[]): BugVerdict {
  const symptoms = checks.flatMap(({ symptom }) => symptom ?? [])
  if (symptoms.length === 0) throw new TypeError('a story about a bug must show whether it is there')
  const bug = findingOf(expectation, symptoms.includes('shown'))
  const fail = (code: string, reason?: string): BugVerdict => ({
    outcome: 'FAIL',
    code,
    ...(reason === undefined ? {} : { reason }),
    bug,
  })
  const { presence } = expectation
  if (symptoms.includes('neither')) return fail('EXPECTATION')
  if (!bug.seen)
    return presence === 'present' ? fail('BUG_ABSENT', absentSentence(expectation)) : { outcome: 'PASS', bug }
  if (presence === 'absent' || presence === 'unknown') return fail('BUG_SHOWS', showsSentence(expectation))
  if (symptoms.includes('absent')) return fail('EXPECTATION', `a known bug shows in part only: ${bug.what}`)
  return { outcome: 'PASS', code: 'KNOWN_BUG', reason: knownSentence(expectation), bug }
}

function findingOf({ bug, presence, upstream }: BugExpectation, seen: boolean): BugFinding {
  const { what, since, link } = bug
  const known = { what, since, fixed: bug.fixed.map(fixInWords), link, expected: presence, seen }
  return upstream === undefined ? known : { ...known, upstream }
}

function knownSentence({ bug, presence, upstream }: BugExpectation): string {
  const as = presence === 'either' ? `, as upstream’s ${upstream} may have` : `, as upstream’s ${upstream} has`
  return `this kernel has a known bug${as}: ${bug.what} (${bugRange(bug)}; ${bug.link})`
}

function showsSentence({ bug, upstream }: BugExpectation): string {
  const version =
    upstream === undefined
      ? 'which version of upstream’s this kernel is it does not tell, so it must not have it'
      : `upstream’s ${upstream}, which this kernel is, must not have it`
  return `a known bug shows where it must not: ${bug.what} (${bugRange(bug)}; ${bug.link}); ${version}`
}

function absentSentence({ bug, upstream }: BugExpectation): string {
  return `a known bug does not show where it must: ${bug.what} (${bugRange(bug)}; ${bug.link}); upstream’s ${upstream} has it, so this kernel has the fix from elsewhere, or lib/model/known-bugs.ts is wrong`
}

async function readText(guest: Guest, path: string): Promise<string> {
  try {
    return Buffer.from(await guest.call('file.read', { actor: 0, path }), 'base64')
      .toString()
      .trim()
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return ''
    throw error
  }
}
