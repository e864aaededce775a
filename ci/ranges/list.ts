import { formatRange } from '../../lib/idmap/extent.ts'
import { hostRanges } from '../../lib/ranges/lease.ts'
import { type RangesPlace, readLeases, registryOf } from '../../lib/ranges/registry.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import type { Answer } from '../map/answer.ts'

/** The leases, by name. */
export function list(place: RangesPlace): Answer {
  const leases = readLeases(place)
  return {
    exitCode: ExitCode.pass,
    lines: leases.map(lease =>
      [lease.name, lease.owner, hostRanges(lease).map(formatRange).join(','), lease.leased].join('  '),
    ),
    remarks: leases.length === 0 ? [`${registryOf(place)} has no leases`] : [],
    json: { leases },
  }
}
