import fs from 'node:fs'
import { here } from '../caller.ts'
import { SyscallError } from '../errno.ts'
import { closeFd } from '../mount.ts'
import type { MountFacts } from '../mount-facts.ts'
import { UserNamespace } from '../userns.ts'
import { idsSeenBy, type Sighting } from './ids.ts'
import type { Overflow, Views } from './judge.ts'
import { type RawView, rawView } from './raw-view.ts'
import { type Found, insider, sameNamespace } from './vantage.ts'

/** Every id of a file as seen past the mount's map, by the host, and by the process. */
export type ThreeViews = {
  readonly views: readonly Views[]
  readonly overflow: Overflow
  /** Why nobody looked past the mount's map; `undefined` when somebody did. */
  readonly whyNotRaw: string | undefined
  /** Why nobody looked from inside the process's user namespace. */
  readonly whyNotInside: string | undefined
}

/** Looks at the file three times. */
export function lookAtIds(found: Found, mount: MountFacts | undefined): ThreeViews {
  const raw = lookPastMap(found, mount)
  try {
    const past = raw.fd === undefined ? undefined : idsSeenBy(here(), { fd: raw.fd })
    const inside = lookInside(found)
    const views = idsSeenBy(here(), found).map((host, index) => ({
      raw: past?.[index],
      host,
      process: inside.ids?.[index],
    }))
    return {
      views,
      overflow: { uid: overflowId('uid'), gid: overflowId('gid') },
      whyNotRaw: raw.fd === undefined ? raw.why : undefined,
      whyNotInside: inside.why,
    }
  } finally {
    if (raw.fd !== undefined && raw.fd !== found.fd) closeFd(here(), raw.fd)
  }
}

function lookPastMap({ pid, fd, lookout }: Found, mount: MountFacts | undefined): RawView {
  if (mount?.map.state === 'none') return { fd, how: 'the mount has no map' }
  if (mount === undefined || lookout === undefined)
    return { fd: undefined, why: 'the mount namespace may not be entered (CAP_SYS_ADMIN over it)' }
  return rawView(lookout, mount, pid ?? 'self')
}

function lookInside({ pid, fd }: Found): { ids?: readonly Sighting[]; why?: string } {
  if (pid === undefined || sameNamespace(pid, 'user')) return { ids: idsSeenBy(here(), { fd }) }
  using namespace = UserNamespace.of(pid)
  try {
    using inside = insider(namespace, fd)
    return { ids: idsSeenBy(inside.caller, inside.file) }
  } catch (error) {
    if (error instanceof SyscallError) return { why: error.message }
    throw error
  }
}

function overflowId(half: 'uid' | 'gid'): number {
  return Number(fs.readFileSync(`/proc/sys/kernel/overflow${half}`, 'utf8'))
}
