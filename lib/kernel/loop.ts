import { constants } from 'node:os'
import { type Caller, call, refusal, tryCall } from './caller.ts'
import { closeFd } from './mount.ts'

/** loop(4), include/uapi/linux/loop.h: two requests, and `struct loop_config` in bytes. */
export const LoopLayout = { configure: 0x4c0a, getFree: 0x4c82, configBytes: 304, flags: 60 } as const
const LO_FLAGS_READ_ONLY = 1
const LO_FLAGS_AUTOCLEAR = 4
const AT_FDCWD = -100
const O_RDWR = 2
const O_CLOEXEC = 0o2000000
const TRIES = 16

/** A file as a block device. */
export type LoopDevice = {
  /** E.g. `/dev/loop3`. */
  readonly path: string
  /** The caller's; the device is let go when this and the last mount of it are closed, also when the caller dies. */
  readonly fd: number
}

/**
 * Makes the open file `imageFd` a block device that goes away by itself (LO_FLAGS_AUTOCLEAR). Linux 5.8 (LOOP_CONFIGURE);
 * needs CAP_SYS_ADMIN to ask for a free device, and access to `/dev/loop*`.
 */
export function attachLoopDevice(caller: Caller, imageFd: number, options: { readOnly?: boolean } = {}): LoopDevice {
  const control = call(caller, 'openat', [AT_FDCWD, '/dev/loop-control', O_RDWR | O_CLOEXEC, 0], ['/dev/loop-control'])
  try {
    for (let tries = 1; ; tries++) {
      const device = openFree(caller, control)
      const errno = -tryCall(caller, 'ioctl', [
        device.fd,
        LoopLayout.configure,
        configuration(imageFd, options.readOnly),
      ])
      if (errno === 0) return device
      closeFd(caller, device.fd)
      // Somebody else took the free one in between.
      if (errno !== constants.errno.EBUSY || tries === TRIES)
        throw refusal(caller, 'ioctl', errno, [device.path, 'LOOP_CONFIGURE'])
    }
  } finally {
    closeFd(caller, control)
  }
}

function openFree(caller: Caller, control: number): LoopDevice {
  const number = call(caller, 'ioctl', [control, LoopLayout.getFree, 0], ['/dev/loop-control', 'LOOP_CTL_GET_FREE'])
  const path = `/dev/loop${number}`
  return { path, fd: call(caller, 'openat', [AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0], [path, 'O_RDWR']) }
}

function configuration(imageFd: number, readOnly = false): Buffer {
  const bytes = Buffer.alloc(LoopLayout.configBytes)
  bytes.writeUInt32LE(imageFd, 0)
  bytes.writeUInt32LE(LO_FLAGS_AUTOCLEAR | (readOnly ? LO_FLAGS_READ_ONLY : 0), LoopLayout.flags)
  return bytes
}
