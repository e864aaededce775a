import type { KernelVersion } from '../idmap/kernel-version.ts'
import { compareKernelVersions, formatKernelVersion } from '../idmap/kernel-version.ts'
import { type AsWritten, checkKernelLimits } from '../idmap/limits.ts'
import { checkMountMap } from '../idmap/mount-check.ts'
import { pairOf } from '../idmap/pair.ts'
import type { Half, IdMapProblem } from '../idmap/problem.ts'
import { IdMapError } from '../idmap/problem.ts'
import { resolveMountMap } from '../idmap/resolve.ts'
import { findProblems } from '../idmap/validate.ts'
import { filesystemSupport } from '../model/filesystems.ts'
import { DIRECTIONS } from '../syntax/dialect.ts'
import { type DialectName, faultSentence, type SyntaxFault } from '../syntax/error.ts'
import { dialectNamed } from '../syntax/registry.ts'
import { type Finding, placesOf, type Subject, type Where } from './finding.ts'
import { fixFor } from './fix.ts'
import { checkOddities } from './oddities.ts'

/** On what a map is to be used. */
export interface Target {
  /** A kernel of today when left out. */
  readonly kernel?: KernelVersion
  /** The namespace the container is made from, when that is not the initial one. */
  readonly parent?: AsWritten
}

/** Everything wrong with one text by itself: what can't be read, and what the kernel would refuse. */
export function checkOne(subject: Subject, target: Target): Finding[] {
  const faults = subject.reading.faults.map(
    (fault): Finding => ({
      rule: 'IDMAP_SYNTAX',
      severity: 'error',
      where: [{ name: subject.name, line: fault.line, column: fault.column }],
      message: faultSentence(fault),
      ...formOf(subject, fault),
    }),
  )
  return [...faults, ...checkNumbers(subject, target), ...checkOddities(subject), ...checkFilesystem(subject, target)]
}

function formOf({ role }: Subject, { dialect }: SyntaxFault): Pick<Finding, 'fix'> {
  const form = dialectNamed(dialect).roles[role]?.form
  return form === undefined ? {} : { fix: `an entry is written ${form}` }
}

/** The extents of a text, half by half, in the order and the pieces in which they were written. */
export function asWritten({ reading }: Subject): AsWritten {
  const half = (wanted: Half) => reading.entries.filter(entry => entry.half === wanted).map(({ extent }) => extent)
  return { uid: half('uid'), gid: half('gid') }
}

function checkNumbers(subject: Subject, { kernel, parent }: Target): Finding[] {
  const written = asWritten(subject)
  const on = kernel && { kernel }
  if (subject.role === 'container') {
    const problems = checkKernelLimits(written, { role: 'namespace', ...on, ...(parent && { parent }) })
    return [...problems.map(found => told(subject, found)), ...checkHalves(subject, written)]
  }
  if (subject.role === 'mount') return checkMountMap({ map: written, ...on }).map(found => told(subject, found))
  const problems = (['uid', 'gid'] as const).flatMap(half =>
    findProblems(written[half], { ...DIRECTIONS.exceptions, half }),
  )
  if (problems.length > 0) return problems.map(found => told(subject, found))
  return checkResolved(subject, written, { ...on })
}

/** What becomes of exceptions together with their container. */
function checkResolved(subject: Subject, written: AsWritten, on: Pick<Target, 'kernel'>): Finding[] {
  const { container } = subject
  if (!container) return []
  try {
    const exceptions = pairOf<'container', 'disk'>(written, DIRECTIONS.exceptions)
    const { map, warnings } = resolveMountMap({ container, exceptions })
    const inVain = warnings.map(
      ({ code, half, lost, message }): Finding => ({
        rule: code,
        severity: 'warning',
        where: placesOf(subject, half, [lost]),
        message,
        fix: 'take these ids out of the exception, or add them to the map of the container',
      }),
    )
    return [...checkMountMap({ map, ...on }).map(found => told(subject, found)), ...inVain]
  } catch (error) {
    if (error instanceof IdMapError) return error.problems.map(found => told(subject, found))
    throw error
  }
}

function told(subject: Subject, problem: IdMapProblem): Finding {
  const fix = fixFor(problem)
  const where = culprits(subject, problem)
  return { rule: problem.code, severity: 'error', where, message: problem.message, ...(fix !== undefined && { fix }) }
}

function culprits(subject: Subject, problem: IdMapProblem): Where[] {
  const half = 'half' in problem ? problem.half : 'context' in problem ? problem.context.half : undefined
  if ('askedBy' in problem && problem.askedBy)
    return placesOf(
      subject,
      half,
      problem.askedBy.flatMap(({ by, container }) =>
        by === 'exception' ? [{ ...container, to: container.from }] : [],
      ),
    )
  // Of two extents that collide, the later one is to change.
  if ('extents' in problem) return placesOf(subject, half, problem.extents).toReversed()
  return 'extent' in problem ? placesOf(subject, half, [problem.extent]) : [{ name: subject.name }]
}

/**
 * Who becomes root of the container before anything else, and so starts none without ids of both kinds: LXC calls
 * setgid(0) (lxc_switch_uid_gid() in src/lxc/utils.c: EINVAL), runc asks for both mappings beforehand (libcontainer/configs).
 */
const NEEDING_BOTH: readonly DialectName[] = ['lxc', 'lxc-legacy', 'oci', 'cri']

/** Elsewhere a container without groups (or users) starts, and everything in it belongs to nobody. */
function checkHalves(subject: Subject, written: AsWritten): Finding[] {
  const { uid, gid } = written
  if (uid.length > 0 === gid.length > 0) return []
  const missing = uid.length > 0 ? 'gid' : 'uid'
  const refused = subject.dialect !== undefined && NEEDING_BOTH.includes(subject.dialect)
  const consequence = refused
    ? `the container does not start, since there is no ${missing} 0 in it`
    : `every ${missing === 'gid' ? 'group' : 'user'} in the container is 65534`
  return [
    {
      rule: 'IDMAP_MISSING_HALF',
      severity: refused ? 'error' : 'warning',
      where: [{ name: subject.name }],
      message: `${missing}: nothing is mapped; ${consequence}`,
      fix: `add the same ranges for ${missing === 'gid' ? 'groups' : 'users'}`,
    },
  ]
}

function checkFilesystem({ name, role, filesystem }: Subject, { kernel }: Target): Finding[] {
  if (filesystem === undefined || role === 'container') return []
  const support = filesystemSupport(filesystem)
  const refused = (message: string, fix: string, severity: Finding['severity'] = 'error'): Finding[] => [
    { rule: 'FILESYSTEM_NOT_IDMAPPABLE', severity, where: [{ name }], message, fix },
  ]
  const hint = support?.note ?? 'give the container the ids that are on the disk by its own map'
  if (!support)
    return refused(
      `nothing is known of idmapped mounts of ${filesystem}`,
      'try it: idmaplab probe says what a kernel does',
      'warning',
    )
  if (!support.since) return refused(`mounts of ${filesystem} can't be idmapped (EINVAL) on any kernel up to 7.3`, hint)
  if (kernel && compareKernelVersions(kernel, support.since) < 0)
    return refused(
      `Linux ${formatKernelVersion(kernel)} has no idmapped mounts of ${filesystem} (EINVAL); they came with ${formatKernelVersion(support.since)}`,
      hint,
    )
  if (kernel && support.until && compareKernelVersions(kernel, support.until) > 0)
    return refused(`Linux ${formatKernelVersion(kernel)} no longer has ${filesystem}`, hint)
  return []
}
