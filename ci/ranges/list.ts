import { formatRange } from '../../lib/idmap/extent.ts'
import { hostRanges } from '../../lib/ranges/lease.ts'
import { readLeases } from '../../lib/ranges/registry.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import type { Answer } from '../map/answer.ts'

/** The leases, by name. */
export function list({ registry }: { readonly registry: string }): Answer {
  const leases = readLeases(registry)
  return {
    exitCode: ExitCode.pass,
    lines: leases.map(lease =>
      [lease.name, lease.owner, hostRanges(lease).map(formatRange).join(','), lease.leased].join('  '),
    ),
    remarks: leases.length === 0 ? [`${registry} has no leases`] : [],
    json: { leases },
  }
}
