import fs from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { call, tryCall } from '../../../lib/kernel/caller.ts'
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import type { Reply, Requests } from '../protocol.ts'

const LIMIT = '/proc/sys/user/max_user_namespaces'
const POLL_MS = 10

/** How many user namespaces the kernel counts for root, and how many descriptors the agent has. Waits for the expected number: the last user of a namespace lets go of it in the background. */
export async function countHeld({ expected, limitMs }: Requests['held.count']): Promise<Reply<'held.count'>> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const userNamespaces = countUserNamespaces()
    const late = performance.now() > deadline
    if (expected === null || userNamespaces === expected || late)
      return { userNamespaces, descriptors: fs.readdirSync('/proc/self/fd').length }
    await wait(POLL_MS)
  }
}

/**
 * Nothing lists user namespaces that no process is in. But create_user_ns() first counts the new one, and says ENOSPC when there
 * would be more than user.max_user_namespaces; only then it looks whether the caller is in a chroot, and takes the count
 * back with EPERM. So a caller in a chroot learns the number and makes none.
 */
function countUserNamespaces(): number {
  const usual = fs.readFileSync(LIMIT, 'utf8')
  using asker = new Task({ name: 'who counts user namespaces' })
  call(asker, 'chroot', ['/proc/sys'])
  try {
    for (let count = 0; ; count++) {
      fs.writeFileSync(LIMIT, String(count + 1))
      const errno = -tryCall(asker, 'unshare', [CLONE_NEWUSER])
      if (errno === constants.errno.EPERM) return count
      if (errno !== ENOSPC) throw new Error(`user namespaces can't be counted: unshare gave ${errno}`)
    }
  } finally {
    fs.writeFileSync(LIMIT, usual)
  }
}

const ENOSPC = constants.errno.ENOSPC
