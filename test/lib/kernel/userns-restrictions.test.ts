import { constants } from 'node:os'
import { expect } from 'vitest'
import { Capability, capabilitySets, setCapabilitySets } from '../../../lib/kernel/capability-sets.ts'
import { become } from '../../../lib/kernel/credentials.ts'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import * as files from '../../../lib/kernel/files.ts'
import { mountFilesystem } from '../../../lib/kernel/mount.ts'
import { setMountAttributes } from '../../../lib/kernel/mount-attributes.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import { whyNoUserNamespace } from '../../../lib/kernel/userns-refusal.ts'
import { both, noNamespaces, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)

// The kernels that have these switches are Debian's (which test/guest turns for real) and Ubuntu's; here a task finds
// their files in a mount namespace of its own, and the refusal is made up.
const refused = (syscall: string, code: 'EPERM') =>
  new SyscallError({ syscall, errno: constants.errno[code], args: ['CLONE_NEWUSER'] })

function withSwitch(name: string, value: string, act: (task: Task) => void): void {
  using task = new Task({ flags: CLONE_NEWNS, name: 'a task' })
  setMountAttributes(task, '/', { propagation: 'private' }, { recursive: true })
  mountFilesystem(task, { source: 'switches', target: '/proc/sys/kernel', type: 'tmpfs' })
  files.createFile(task, `/proc/sys/kernel/${name}`, Buffer.from(`${value}\n`))
  act(task)
}

function giveUp(task: Task, capability: number): void {
  const { effective, permitted, inheritable } = capabilitySets(task)
  const rest = ~(1n << BigInt(capability))
  setCapabilitySets(task, { effective: effective & rest, permitted: permitted & rest, inheritable })
}

natively('Ubuntu’s switch is the reason for a user without power, and says what would help', () => {
  withSwitch('apparmor_restrict_unprivileged_userns', '1', task => {
    expect(whyNoUserNamespace(task, refused('unshare', 'EPERM'))).toBeUndefined()
    become(task, { uid: 1000, gid: 1000 })
    expect(whyNoUserNamespace(task, refused('unshare', 'EPERM'))).toEqual({
      code: 'USERNS_FORBIDDEN_BY_APPARMOR',
      sentence:
        'AppArmor gives unprivileged user namespaces no power here (kernel.apparmor_restrict_unprivileged_userns is 1): an AppArmor profile with "userns," or root is needed',
    })
  })
})

natively('Debian’s switch is the reason for a user without power, not for root', () => {
  withSwitch('unprivileged_userns_clone', '0', task => {
    expect(whyNoUserNamespace(task, refused('unshare', 'EPERM'))).toBeUndefined()
    become(task, { uid: 1000, gid: 1000 })
    expect(whyNoUserNamespace(task, refused('unshare', 'EPERM'))?.code).toBe('USERNS_FORBIDDEN_BY_DEBIAN')
  })
})

natively('a switch that is off is no reason', () => {
  withSwitch('apparmor_restrict_unprivileged_userns', '0', task => {
    become(task, { uid: 1000, gid: 1000 })
    expect(whyNoUserNamespace(task, refused('unshare', 'EPERM'))).toBeUndefined()
  })
})

natively('a map of others’ ids is refused to who has no power over them: the capability is named', () => {
  using box = new Task({ flags: CLONE_NEWUSER })
  using writer = new Task({ name: 'who gave up CAP_SETUID' })
  // Uid 0 may open the file; the capability is what the kernel asks for when it is written.
  giveUp(writer, Capability.setuid)
  expect(() => writeIdMaps(box.pid, both<'container', 'host'>([0, 100000, 10]), writer)).toThrow(
    expect.objectContaining({
      code: 'USERNS_MAP_REFUSED',
      errno: 1,
      message: expect.stringContaining('refuses the extent (0 100000 10): CAP_SETUID is missing'),
    }),
  )
})

natively('host id 0 is mapped only by who has CAP_SETFCAP', () => {
  using box = new Task({ flags: CLONE_NEWUSER })
  using writer = new Task({ name: 'who gave up CAP_SETFCAP' })
  giveUp(writer, Capability.setfcap)
  expect(() => writeIdMaps(box.pid, both<'container', 'host'>([0, 0, 10]), writer)).toThrow(
    expect.objectContaining({
      code: 'USERNS_MAP_REFUSED',
      message: expect.stringContaining('refuses the extent (0 0 10): mapping id 0 needs CAP_SETFCAP'),
    }),
  )
})
