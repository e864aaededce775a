import { type Extent, type Id, imageOf, isId, swap } from './extent.ts'
import type { IdMap } from './map.ts'
import type { Half } from './problem.ts'
import type { Space } from './space.ts'
import { firstEndingAfter } from './sweep.ts'

/** What stands for an id that is not mapped, unless /proc/sys/kernel/overflowuid says otherwise. */
export const OVERFLOW_ID = 65_534

/** An id, and the space in which it is that. */
export interface At {
  readonly space: Space
  readonly id: Id
}

/** One step of an id from a space to the next, and the extent that carried it, written as its own map has it. */
export interface Carried {
  readonly outcome: 'carried'
  readonly from: At
  readonly to: At
  /** Left out where the two spaces have the same ids, with no map in between. */
  readonly extent?: Extent
}

/** The step at which an id ends, since no extent carries it; the nearest ones are those before and after it. */
export interface Unmapped {
  readonly outcome: 'unmapped'
  readonly from: At
  readonly to: Pick<At, 'space'>
  readonly nearest: readonly Extent[]
}

/** One hop of an id, or its end. */
export type Step = Carried | Unmapped

/** A trace wherever it has come to, which can be read and not continued: for lists of traces that end in different spaces. */
export type Traced = Pick<Trace<Space>, 'half' | 'start' | 'steps' | 'end' | 'toString'>

/**
 * Starts at an id in a space. To go on, say where to and through which map:
 * `traceId('uid', 'disk', 1005).along('host', mount.uid).back('container', container.uid)`.
 */
export function traceId<Here extends Space>(half: Half, space: Here, id: Id): Trace<Here> {
  return new Trace<Here>(half, { space, id }, [])
}

/**
 * An id on its way from space to space, one hop after the other; immutable. A hop that does not start where the last one
 * ended does not compile. An id that is not mapped stops there, and all further hops leave the trace as it is.
 */
export class Trace<Here extends Space> {
  readonly half: Half
  readonly start: At
  readonly steps: readonly Step[]

  /** Use `traceId`. */
  constructor(half: Half, start: At, steps: readonly Step[]) {
    this.half = half
    this.start = start
    this.steps = steps
  }

  /** Where the id has come to; `undefined` when it was lost on the way. */
  get end(): At | undefined {
    const last = this.steps.at(-1)
    if (!last) return this.start
    return last.outcome === 'carried' ? last.to : undefined
  }

  /** On into the next space, through a map from here to there. */
  along<There extends Space>(space: There, map: IdMap<Here, There>): Trace<There> {
    return this.hop(space, map.extents, extent => extent)
  }

  /** On into the next space, through a map from there to here, backwards. */
  back<There extends Space>(space: There, map: IdMap<There, Here>): Trace<There> {
    return this.hop(space, map.invert().extents, swap)
  }

  /** On into a space whose ids are the same: disk and host, on a mount that is not idmapped. */
  same<There extends Space>(space: There): Trace<There> {
    return this.go<There>(from => {
      if (!isId(from.id)) return { outcome: 'unmapped', from, to: { space }, nearest: [] }
      return { outcome: 'carried', from, to: { space, id: from.id } }
    })
  }

  /**
   * In words: `container uid 1005 → host 101005 (u 0 100000 65536) → disk 1005 (u 1005 101005 1)`, or for an id that is
   * lost `disk uid 7 → host: not mapped; the nearest extent is u 1005 101005 1`.
   */
  toString(): string {
    const steps = this.steps.map(step => ` → ${step.to.space}${arrival(step, this.half)}`)
    return `${this.start.space} ${this.half} ${this.start.id}${steps.join('')}`
  }

  private hop<There extends Space>(space: There, extents: readonly Extent[], asWritten: (extent: Extent) => Extent) {
    return this.go<There>(from => {
      const index = firstEndingAfter(extents, from.id)
      const extent = extents[index]
      if (extent && extent.from <= from.id && isId(from.id))
        return { outcome: 'carried', from, to: { space, id: imageOf(extent, from.id) }, extent: asWritten(extent) }
      const nearest = extents.slice(Math.max(0, index - 1), index + 1).map(asWritten)
      return { outcome: 'unmapped', from, to: { space }, nearest }
    })
  }

  private go<There extends Space>(step: (from: At) => Step): Trace<There> {
    const from = this.end
    return new Trace<There>(this.half, this.start, from ? [...this.steps, step(from)] : this.steps)
  }
}

function arrival(step: Step, half: Half): string {
  const written = ({ from, to, count }: Extent) => `${half.charAt(0)} ${from} ${to} ${count}`
  if (step.outcome === 'carried') return ` ${step.to.id}${step.extent ? ` (${written(step.extent)})` : ''}`
  const nearest = step.nearest.map(written)
  if (nearest.length === 0) return ': not mapped; no id is'
  return `: not mapped; the nearest extent${nearest.length > 1 ? 's are' : ' is'} ${nearest.join(' and ')}`
}
