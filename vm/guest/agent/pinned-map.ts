import fs from 'node:fs'
import { here } from '../../../lib/kernel/caller.ts'
import { bindMount } from '../../../lib/kernel/mount.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import type { Requests } from '../protocol.ts'
import { toPair } from './wire.ts'

/** Makes a user namespace with this map and keeps it at `path`, where any process that sees the path can open it: `/proc/PID/fd` is for root alone. */
export function pinMap({ map, path }: Requests['map.pin']): void {
  using namespace = createUserNamespace(toPair<'disk', 'host'>(map))
  fs.writeFileSync(path, '')
  bindMount(here(), `/proc/self/fd/${namespace.fd}`, path)
}
