import assert from 'node:assert/strict'
import fs from 'node:fs'
import { become } from '../../../../lib/kernel/credentials.ts'
import { SyscallError } from '../../../../lib/kernel/errno.ts'
import { unshareNamespace } from '../../../../lib/kernel/namespaces.ts'
import { Task } from '../../../../lib/kernel/task.ts'
import { whyNoUserNamespace } from '../../../../lib/kernel/userns-refusal.ts'
import { type Check, refusalOf } from './stage.ts'

const DEBIAN = '/proc/sys/kernel/unprivileged_userns_clone'

/** Switches of a whole system, so these are for guests only. */
export const restrictions: readonly Check[] = [
  {
    sentence: 'Debian’s switch against user namespaces of the unprivileged: USERNS_FORBIDDEN_BY_DEBIAN',
    run: () => {
      const before = fs.readFileSync(DEBIAN)
      fs.writeFileSync(DEBIAN, '0\n')
      try {
        using user = new Task({ name: 'uid 1000' })
        become(user, { uid: 1000, gid: 1000 })
        const refused = refusalOf(() => unshareNamespace(user, 'user'))
        assert.ok(refused instanceof SyscallError)
        assert.equal(whyNoUserNamespace(user, refused)?.code, 'USERNS_FORBIDDEN_BY_DEBIAN')
      } finally {
        fs.writeFileSync(DEBIAN, before)
      }
    },
  },
]
