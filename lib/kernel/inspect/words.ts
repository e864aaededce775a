import { type Extent, formatExtent, type Id } from '../../idmap/extent.ts'
import type { Half } from '../../idmap/problem.ts'
import type { Carried, Unmapped } from '../../idmap/trace.ts'
import type { Hop, Trail } from './follow.ts'
import type { Way } from './way.ts'

const MANY = 6

/** The whole way: `disk uid 1005 → host 101005 (u 1005 101005 1) → container 1005 (u 0 100000 65536)`. `nobody`: how a lost id ends, e.g. `shown as 65534 (overflow uid)`. */
export function trailInWords({ trace, hops }: Trail, nobody: string): string {
  const { start, half } = trace
  const steps = trace.steps.map((step, index) =>
    step.outcome === 'carried' ? stepInWords(step, hops[index], half) : lossInWords(step, hops[index]),
  )
  const lost = trace.end === undefined ? [nobody] : []
  return [`${start.space} ${half} ${start.id}`, ...steps, ...lost].join(' → ')
}

function stepInWords({ to, extent }: Carried, hop: Hop | undefined, half: Half): string {
  if (hop?.seenOnly) return `${to.space} ${to.id} (so it was seen; this kernel does not show the map)`
  return extent === undefined ? `${to.space} ${to.id}` : `${to.space} ${to.id} (${extentAsWritten(extent, half)})`
}

/** What is said of one id of a file: its way, and below it, indented, what would make it somebody. */
export function idInSentences(id: {
  readonly what: string
  readonly words: string
  readonly remedy: string | undefined
}): readonly string[] {
  return [`${id.what}: ${id.words}`, ...(id.remedy === undefined ? [] : [`    ${id.remedy}`])]
}

/** Which hop lost the id, in words: `the mount’s map has no extent for 1005 (it maps 0..999→100000)`. */
function lossInWords({ from: { space, id } }: Unmapped, hop: Hop | undefined): string {
  const extents = hop?.extents ?? []
  if (hop?.seenOnly) return `${hop.by} has no id for ${id} (this kernel does not show the map)`
  if (extents.length === 0) return `${hop?.by} is empty, so it has no extent for ${id}`
  const side = hop?.column === 'from' ? `for ${id}` : `that leads to ${space} ${id}`
  return `${hop?.by} has no extent ${side} (it maps ${extentsInWords(extents)})`
}

/** What would make the process see a disk id as the same id of its own: the extent a mount's map lacks. `undefined`: its namespace has no such id. */
export function remedyInWords(half: Half, disk: Id, { mount, chain }: Way): string | undefined {
  const host = chain.length > 1 ? chain.at(-1)?.map[half].lookup(disk) : undefined
  if (host === undefined) return undefined
  const extent = `${half[0]} ${disk} ${host} 1`
  const mountsMap = mount.state === 'none' ? 'an idmapped mount' : 'a mount’s map'
  return `${mountsMap} with the extent ${extent} would show it as container ${half} ${disk}`
}

/** A map in a sentence; the middle of a long one is left out. */
export function extentsInWords(extents: readonly Extent[]): string {
  if (extents.length <= MANY) return extents.map(formatExtent).join(', ')
  const shown = [
    ...extents.slice(0, MANY - 1).map(formatExtent),
    `… ${extents.length - MANY} more …`,
    ...extents.slice(-1).map(formatExtent),
  ]
  return shown.join(', ')
}

function extentAsWritten({ from, to, count }: Extent, half: Half): string {
  return `${half[0]} ${from} ${to} ${count}`
}
