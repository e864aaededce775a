import type { DialectName } from './error.ts'
import { fail, type Piece } from './scan.ts'

/** A mount of a text that has several, with the path it is mounted at if the text says. */
export interface MountCandidate {
  readonly place: Piece
  readonly target: string | undefined
}

/** The one mount that is meant: the one at `target`, or the only one; a fault that lists the targets there are otherwise. */
export function chooseMountIn<C extends MountCandidate>(
  dialect: DialectName,
  candidates: readonly [C, ...C[]],
  target: string | undefined,
): C {
  const [first, second] = candidates
  const isNamed = target !== undefined && candidates.some(candidate => candidate.target !== undefined)
  const found = candidates.map(candidate => candidate.target ?? '').join(', ')
  if (isNamed) {
    // Of several mounts at one place the last is on top.
    const named = candidates.findLast(candidate => candidate.target === target)
    return named ?? fail(dialect, { ...first.place, text: found }, `a mount with a map at ${target}`)
  }
  if (!second) return first
  return fail(
    dialect,
    { ...second.place, text: found },
    'one mount with a map; give the target of the one that is meant',
  )
}

/** Where the candidates are mounted, each place once. */
export function targetsOf(candidates: readonly MountCandidate[]): string[] {
  return [...new Set(candidates.flatMap(({ target }) => target ?? []))]
}
