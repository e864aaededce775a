import { closeSync, openSync } from 'node:fs'
import { constants, release } from 'node:os'
import { pairOf } from '../../lib/idmap/pair.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { createUserNamespace } from '../../lib/kernel/userns.ts'
import { HarnessError } from '../harness-error.ts'
import { ownCapabilities } from '../qemu/privileges.ts'

const CAP_SYS_ADMIN = 1n << 21n

/** Rejects with PREREQUISITE_MISSING when this process cannot mount, has no loop devices to mount from, or may make no user namespace. */
export function requireNative(
  capabilities: bigint = ownCapabilities(),
  loopControl = '/dev/loop-control',
  makeUserNamespace: () => void = makeOne,
): void {
  if ((capabilities & CAP_SYS_ADMIN) === 0n) throw cannot('by root, with CAP_SYS_ADMIN: run it as root')
  try {
    closeSync(openSync(loopControl, 'r+'))
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException
    throw cannot(`with loop devices, and ${loopControl} cannot be opened (${code}): run modprobe loop`, cause)
  }
  try {
    makeUserNamespace()
  } catch (cause) {
    // In a chroot, for one, there is none to be had, however privileged its caller is. Whatever else is wrong the story says.
    if (cause instanceof SyscallError && cause.errno === constants.errno.EPERM)
      throw cannot(`where user namespaces can be made (here: ${cause.message})`, cause)
  }
}

function makeOne(): void {
  const extents = [{ from: 0, to: 0, count: 1 }]
  createUserNamespace(pairOf<'container', 'host'>({ uid: extents, gid: extents })).close()
}

function cannot(needs: string, cause?: unknown): HarnessError {
  return new HarnessError(
    'PREREQUISITE_MISSING',
    `This machine's own kernel, Linux ${release()}, can be tried only ${needs}, or try another kernel in a guest, e.g. --kernel 6.12.`,
    { blame: 'user', cause },
  )
}
