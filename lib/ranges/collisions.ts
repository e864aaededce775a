import { endOf, formatRange, type IdRange } from '../idmap/extent.ts'
import { common, joined } from '../idmap/sweep.ts'
import type { HostAccount } from '../syntax/accounts.ts'
import { type CollisionRule, clash } from './clash.ts'
import { type Holder, holdersText, holderText, type UsedRange } from './used-range.ts'

/** Host ids that several have, each as if they were its own. */
export interface Collision {
  readonly rule: CollisionRule
  readonly half: UsedRange['half']
  readonly ids: readonly IdRange[]
  readonly holder: Holder
  /** Who else has some of the ids. */
  readonly others: readonly Holder[]
  readonly message: string
  readonly fix: string
}

/**
 * Everything in use that should be one's own and is two's: leases, subordinate ids, accounts and running user namespaces held
 * against each other. `users` tell which names and uids are one owner. One collision for each holder and rule, however many
 * others it meets; in the order of the ids.
 */
export function findCollisions(used: readonly UsedRange[], users: readonly HostAccount[]): readonly Collision[] {
  const found = new Map<string, Meeting>()
  for (const [a, b] of overlapping(used)) {
    const met = clash(a, b, users)
    if (met === undefined) continue
    const [first, second] = met.changeFirst ? [a, b] : [b, a]
    const half = a.half === 'both' ? b.half : a.half
    const { from, count } = common(a, b)
    const key = JSON.stringify([met.rule, half, first.holder])
    const meeting = found.get(key) ?? { rule: met.rule, half, holder: first.holder, others: new Set(), ids: [] }
    meeting.others.add(second.holder)
    meeting.ids.push({ from, count })
    found.set(key, meeting)
  }
  return [...found.values()].map(collisionOf)
}

interface Meeting extends Pick<Collision, 'rule' | 'half' | 'holder'> {
  readonly others: Set<Holder>
  readonly ids: IdRange[]
}

/** Every two ranges of one half that share ids, each pair once. */
function* overlapping(used: readonly UsedRange[]): Generator<readonly [UsedRange, UsedRange]> {
  let open: UsedRange[] = []
  for (const range of used.toSorted(byIds)) {
    open = open.filter(one => endOf(one) > range.from)
    for (const one of open)
      if (one.half === range.half || one.half === 'both' || range.half === 'both') yield [one, range]
    open.push(range)
  }
}

/** In an order that the order of lines and processes does not change. */
function byIds(a: UsedRange, b: UsedRange): number {
  return a.from - b.from || b.count - a.count || (holderText(a.holder) < holderText(b.holder) ? -1 : 1)
}

function collisionOf({ rule, half, holder, others, ids }: Meeting): Collision {
  const ranges = joined(ids)
  const what = `host ${half === 'both' ? 'uids and gids' : `${half}s`} ${ranges.map(formatRange).join(', ')}`
  return {
    rule,
    half,
    ids: ranges,
    holder,
    others: [...others],
    message: `${holderText(holder)} has ${what}, and so has ${holdersText([...others])}`,
    fix: FIXES[rule],
  }
}

const FIXES: Readonly<Record<CollisionRule, string>> = {
  HOST_USER: 'move the range to ids no user or group has: what leaves the container is that user on the host',
  SHARED_HOST_IDS: 'give each container a range of its own: idmaplab ranges allocate',
  DELEGATED_TWICE: 'take the ids from one of the owners',
  DELEGATED_TO_ANOTHER: 'lease other ids, or delegate these to who uses them',
}
