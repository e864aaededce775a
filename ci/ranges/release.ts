import { endOf, formatRange } from '../../lib/idmap/extent.ts'
import { readHost } from '../../lib/ranges/host.ts'
import { hostRanges, type Lease } from '../../lib/ranges/lease.ts'
import { releaseRange } from '../../lib/ranges/leasing.ts'
import type { RangesPlace } from '../../lib/ranges/registry.ts'
import { holdersText } from '../../lib/ranges/used-range.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import type { Answer } from '../map/answer.ts'

/** Takes a lease back, and says who has its ids all the same. */
export async function release(name: string, place: RangesPlace): Promise<Answer> {
  const { lease, stillDelegated } = await releaseRange(name, place)
  const running = runningIn(lease, place)
  return {
    exitCode: ExitCode.pass,
    lines: [`released ${lease.name}: ${hostRanges(lease).map(formatRange).join(', ')}`],
    remarks: [
      ...stillDelegated.map(
        range =>
          `note: /etc/subuid or /etc/subgid has no line ${lease.owner}:${range.from}:${range.count}; a longer one may give these ids still`,
      ),
      ...(running === '' ? [] : [`note: ${running} runs in it still; its ids are given to nobody until it ends`]),
    ],
    json: { released: lease, stillDelegated, running: running === '' ? null : running },
  }
}

function runningIn(lease: Lease, { root }: RangesPlace): string {
  const ranges = hostRanges(lease)
  const running = readHost(root).used.filter(
    ({ holder, ...used }) =>
      holder.kind === 'namespace' && ranges.some(range => range.from < endOf(used) && used.from < endOf(range)),
  )
  return holdersText(running.map(({ holder }) => holder))
}
