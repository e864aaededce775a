import * as v from 'valibot'
import { type Extent, formatRange, isId } from '../idmap/extent.ts'
import { findProblems } from '../idmap/validate.ts'
import { RangesError } from './error.ts'
import { LEASE_NAME, type Lease } from './lease.ts'

/** Every registry of this version; a later one that means something else counts up. */
const FORMAT = 'idmaplab-ranges'
const VERSION = 1

/** The text of a registry with these leases. */
export function formatRegistry(leases: readonly Lease[]): string {
  const sorted = leases
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(lease => ({
      ...lease,
      pieces: lease.pieces.map(({ from, to, count }) => ({ container: from, host: to, count })),
    }))
  return `${JSON.stringify({ format: FORMAT, version: VERSION, leases: sorted }, undefined, 2)}\n`
}

/**
 * The leases of a registry, every number held against what leases promise each other. `RangesError` REGISTRY_CORRUPT or
 * REGISTRY_NEWER when it is anything else; `path` is for the sentence.
 */
export function parseRegistry(text: string, path: string): readonly Lease[] {
  const document = v.safeParse(Envelope, jsonOf(text, path))
  if (!document.success) throw corrupt(path, 'it is no registry of idmaplab')
  const { version } = document.output
  if (version > VERSION)
    throw new RangesError(
      'REGISTRY_NEWER',
      `The registry ${path} has format version ${version} and this idmaplab knows ${VERSION}: use the newer idmaplab that wrote it.`,
    )
  const registry = v.safeParse(Registry, document.output)
  if (!registry.success) {
    const [issue] = registry.issues
    throw corrupt(path, `${v.getDotPath(issue) ?? 'the document'} is not what it should be`)
  }
  const { leases } = registry.output
  const problem = disagreement(leases)
  if (problem !== undefined) throw corrupt(path, problem)
  return leases
}

const Envelope = v.looseObject({ format: v.literal(FORMAT), version: v.pipe(v.number(), v.integer(), v.minValue(1)) })

const Id = v.pipe(v.number(), v.check(isId))
const Name = v.pipe(v.string(), v.regex(LEASE_NAME))
const Time = v.pipe(v.string(), v.isoTimestamp())

/** In the file the columns have the names of their spaces: people read it, too. */
const Piece = v.pipe(
  v.strictObject({ container: Id, host: Id, count: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  v.transform(({ container, host, count }): Extent => ({ from: container, to: host, count })),
)

const Registry = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  leases: v.array(
    v.strictObject({
      name: Name,
      owner: Name,
      pieces: v.pipe(v.array(Piece), v.minLength(1)),
      subids: v.boolean(),
      leased: Time,
      renewed: Time,
    }),
  ),
})

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw corrupt(path, text.trim() === '' ? 'it is empty' : 'it is no JSON')
  }
}

function corrupt(path: string, problem: string): RangesError {
  return new RangesError(
    'REGISTRY_CORRUPT',
    `The registry ${path} can't be used: ${problem}; it was left as it is: restore it from a backup, or move it away and lease again what is needed.`,
  )
}

/** What leases promise: names and host ids that no two of them share, and numbers that are a map. */
function disagreement(leases: readonly Lease[]): string | undefined {
  const names = new Set<string>()
  for (const { name, pieces } of leases) {
    if (names.has(name)) return `two leases are called ${name}`
    names.add(name)
    const [problem] = findProblems(pieces, { from: 'container', to: 'host' })
    if (problem) return `the lease ${name} is no map: ${problem.message}`
  }
  const placed = leases.flatMap(({ name, pieces }) => pieces.map((piece): Placed => ({ ...piece, name })))
  let before: Placed | undefined
  for (const piece of placed.toSorted((a, b) => a.to - b.to)) {
    if (before && piece.to < before.to + before.count)
      return `the leases ${before.name} and ${piece.name} both have host ids of ${formatRange({ from: piece.to, count: piece.count })}`
    before = piece
  }
  return undefined
}

interface Placed extends Extent {
  readonly name: string
}
