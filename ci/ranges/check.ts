import { type Collision, findCollisions } from '../../lib/ranges/collisions.ts'
import { readHost } from '../../lib/ranges/host.ts'
import { leasedRanges, type RangesPlace } from '../../lib/ranges/registry.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import type { Answer } from '../map/answer.ts'

/** What is two's and should be one's, at this moment. */
export function check(place: RangesPlace): Answer {
  const { used, users, unseen } = readHost(place.root)
  const collisions = findCollisions([...used, ...leasedRanges(place)], users)
  return {
    exitCode: collisions.length > 0 ? ExitCode.fail : ExitCode.pass,
    lines: [
      ...collisions.flatMap(linesOf),
      collisions.length === 1 ? '1 collision' : `${collisions.length} collisions`,
    ],
    remarks: unseen.map(what => `note: ${what}`),
    json: { collisions, unseen },
  }
}

function linesOf({ rule, message, fix }: Collision): string[] {
  return [`${rule}: ${message}`, `    fix: ${fix}`]
}
