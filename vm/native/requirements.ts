import { closeSync, openSync } from 'node:fs'
import { release } from 'node:os'
import { HarnessError } from '../harness-error.ts'
import { ownCapabilities } from '../qemu/privileges.ts'

const CAP_SYS_ADMIN = 1n << 21n

/** Rejects with PREREQUISITE_MISSING when this process cannot mount, or has no loop devices to mount from. */
export function requireNative(capabilities: bigint = ownCapabilities(), loopControl = '/dev/loop-control'): void {
  if ((capabilities & CAP_SYS_ADMIN) === 0n) throw cannot('by root, with CAP_SYS_ADMIN: run it as root')
  try {
    closeSync(openSync(loopControl, 'r+'))
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException
    throw cannot(`with loop devices, and ${loopControl} cannot be opened (${code}): run modprobe loop`, cause)
  }
}

function cannot(needs: string, cause?: unknown): HarnessError {
  return new HarnessError(
    'PREREQUISITE_MISSING',
    `This machine's own kernel, Linux ${release()}, can be tried only ${needs}, or try another kernel in a guest, e.g. --kernel 6.12.`,
    { blame: 'user', cause },
  )
}
