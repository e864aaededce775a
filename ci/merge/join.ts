import type { CaseId, Cut, Verdict } from '../events.ts'
import { keyOf } from '../plan/case-id.ts'
import type { KernelRecord } from '../report/run-so-far.ts'
import { MergeError } from './error.ts'
import type { Report } from './read-report.ts'

/** One run made of the reports of its parts. */
export type Joined = {
  readonly started: string
  readonly ended: string
  readonly kernels: readonly KernelRecord[]
  /** What there was to be told, in the order of the plan, and the verdicts in that order. */
  readonly cases: readonly CaseId[]
  readonly verdicts: readonly Verdict[]
  readonly notTold: readonly CaseId[]
  /** Why not all is there. */
  readonly cut?: Cut
  /** What a reader must know: a sentence each. */
  readonly remarks: readonly string[]
}

/** Joins the shards of a run, or runs that have no case in common. Throws a `MergeError` for what does not belong together. */
export function join(reports: readonly Report[]): Joined {
  requireOneRun(reports)
  requireNoneTwice(reports)
  const cases = reports[0]?.shard?.whole ?? reports.flatMap(({ plan }) => plan)
  requireInWhole(cases, reports)
  const verdicts = inOrder(cases, reports)
  const told = new Set(verdicts.map(verdict => keyOf(verdict.case)))
  const notTold = cases.filter(id => !told.has(keyOf(id)))
  const cut = notTold.length === 0 ? undefined : cutOf(reports, notTold)
  const at = reports.flatMap(({ started, ended = started }) => [started, ended]).toSorted()
  return {
    started: at[0] ?? '',
    ended: at.at(-1) ?? '',
    kernels: kernelsOf(cases, reports),
    ...{ cases, verdicts, notTold },
    ...(cut === undefined ? {} : { cut }),
    remarks: [...missingShards(reports), ...brokenOff(reports), ...versionRemarks(reports), ...kernelRemarks(reports)],
  }
}

function requireOneRun([first, ...others]: readonly Report[]): void {
  for (const other of others) {
    if ((first?.shard === undefined) !== (other.shard === undefined))
      throw new MergeError(
        `One of ${first?.name} and ${other.name} is a shard, the other is not: they are no parts of one run.`,
      )
    if (first?.shard?.of !== other.shard?.of)
      throw new MergeError(
        `${first?.name} is one of ${first?.shard?.of} shards, ${other.name} one of ${other.shard?.of}.`,
      )
    if (keysOf(first?.shard?.whole) !== keysOf(other.shard?.whole))
      throw new MergeError(`${first?.name} and ${other.name} are shards of runs that had different cases.`)
  }
}

function keysOf(cases: readonly CaseId[] = []): string {
  return cases.map(keyOf).join('\n')
}

function requireNoneTwice(reports: readonly Report[]): void {
  const shards = new Map<number, string>()
  const cases = new Map<string, string>()
  for (const { name, shard, plan } of reports) {
    const twin = shard && shards.get(shard.index)
    if (shard !== undefined && twin !== undefined)
      throw new MergeError(`Shard ${shard.index}/${shard.of} is there twice: ${twin} and ${name}.`)
    if (shard !== undefined) shards.set(shard.index, name)
    for (const id of plan) {
      const other = cases.get(keyOf(id))
      if (other !== undefined)
        throw new MergeError(
          `${keyOf(id)} is in ${other} and in ${name}: were the shards cut by different --durations?`,
        )
      cases.set(keyOf(id), name)
    }
  }
}

function requireInWhole(cases: readonly CaseId[], reports: readonly Report[]): void {
  const whole = new Set(cases.map(keyOf))
  for (const { name, plan } of reports) {
    const stray = plan.find(id => !whole.has(keyOf(id)))
    if (stray !== undefined)
      throw new MergeError(`${name} has ${keyOf(stray)}, which the run it is a shard of does not have.`)
  }
}

function inOrder(cases: readonly CaseId[], reports: readonly Report[]): Verdict[] {
  const verdicts = new Map(reports.flatMap(report => report.verdicts.map(verdict => [keyOf(verdict.case), verdict])))
  return cases.flatMap(id => verdicts.get(keyOf(id)) ?? [])
}

// What a shard left out on purpose is not lost, if nothing else is.
function cutOf(reports: readonly Report[], notTold: readonly CaseId[]): Cut {
  const planned = new Map(reports.flatMap(report => report.plan.map(id => [keyOf(id), report])))
  const causes = new Set(notTold.map(id => planned.get(keyOf(id))?.cut ?? 'lost'))
  const [only] = causes
  return causes.size === 1 && only !== undefined && only !== 'interrupted' ? only : 'lost'
}

/** Of a kernel that several shards had, what the first says; usable where one of them could use it. */
function kernelsOf(cases: readonly CaseId[], reports: readonly Report[]): KernelRecord[] {
  const all = reports.flatMap(({ kernels }) => kernels)
  return [...new Set(cases.map(({ kernel }) => kernel))].map(name => {
    const records = all.filter(kernel => kernel.name === name)
    return records.find(({ unavailable }) => unavailable === undefined) ?? records[0] ?? { name }
  })
}

function missingShards(reports: readonly Report[]): string[] {
  const of = reports[0]?.shard?.of ?? 0
  const there = new Set(reports.map(({ shard }) => shard?.index))
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter(index => !there.has(index))
  return missing.map(index => `shard ${index}/${of} is missing`)
}

function brokenOff(reports: readonly Report[]): string[] {
  return reports.flatMap(({ name, incomplete }) =>
    incomplete === undefined ? [] : [`${name} is incomplete: ${incomplete}`],
  )
}

function versionRemarks(reports: readonly Report[]): string[] {
  const versions = [...new Set(reports.map(({ idmaplab }) => idmaplab))]
  return versions.length > 1 ? [`the reports are of different versions of idmaplab: ${versions.join(', ')}`] : []
}

function kernelRemarks(reports: readonly Report[]): string[] {
  const kernels = reports.flatMap(report => report.kernels)
  return [...new Set(kernels.map(({ name }) => name))].flatMap(name => {
    const different = [...new Set(kernels.flatMap(kernel => (kernel.name === name ? (kernel.version ?? []) : [])))]
    return different.length > 1
      ? [
          `the shards had different kernels for ${name}: ${different.join(', ')}; a lock (idmaplab kernels lock) holds them to one`,
        ]
      : []
  })
}
