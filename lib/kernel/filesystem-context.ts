import { type Caller, call, tryCall } from './caller.ts'
import { attributeBits, describeChange, type MountAttributes } from './mount-attributes.ts'

const AT_FDCWD = -100
// FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC and FSPICK_CLOEXEC are the same bit.
const CLOEXEC = 1
const FSPICK_NO_AUTOMOUNT = 4

/** fsconfig(2) commands (include/uapi/linux/mount.h). */
const FsconfigCommand = { setFlag: 0, setString: 1, setFd: 5, create: 6, reconfigure: 7 } as const

/** The value of a parameter: a text, `true` for a flag that stands alone, or a descriptor of the caller. */
export type Parameter = string | true | { readonly fd: number }

/**
 * fsopen(2), Linux 5.2: a configuration of a file system of this type, as a descriptor of the caller. The superblock
 * made of it belongs to the caller's user namespace. EPERM: CAP_SYS_ADMIN is missing over the mount namespace; ENODEV:
 * the kernel does not know the type.
 */
export function openFilesystem(caller: Caller, type: string): number {
  return call(caller, 'fsopen', [type, CLOEXEC], [type])
}

/** fspick(2), Linux 5.2: the configuration of the file system mounted at `path`, to change and {@link reconfigure}. */
export function pickFilesystem(caller: Caller, path: string): number {
  return call(caller, 'fspick', [AT_FDCWD, path, CLOEXEC | FSPICK_NO_AUTOMOUNT], [path])
}

/**
 * fsconfig(2) with FSCONFIG_SET_STRING, SET_FLAG or SET_FD: gives the configuration a parameter, e.g. `size` `1m` or
 * `source` `/dev/vda`. EINVAL: the file system knows no such parameter or value; what it says of it can be read from
 * the descriptor: {@link contextMessages}.
 */
export function setParameter(caller: Caller, context: number, key: string, value: Parameter): void {
  const shown = [`fd ${context}`, key]
  const { setFlag, setString, setFd } = FsconfigCommand
  if (value === true) call(caller, 'fsconfig', [context, setFlag, key, 0, 0], shown)
  else if (typeof value === 'string')
    call(caller, 'fsconfig', [context, setString, key, value, 0], [...shown, JSON.stringify(value)])
  else call(caller, 'fsconfig', [context, setFd, key, 0, value.fd], [...shown, `fd ${value.fd}`])
}

/**
 * fsconfig(2) with FSCONFIG_CMD_CREATE: makes the superblock. EPERM: only root of the initial user namespace may mount
 * this type (mount_capable() in fs/super.c).
 */
export function createSuperblock(caller: Caller, context: number): void {
  call(caller, 'fsconfig', [context, FsconfigCommand.create, 0, 0, 0], [`fd ${context}`, 'FSCONFIG_CMD_CREATE'])
}

/** fsconfig(2) with FSCONFIG_CMD_RECONFIGURE: changes a superblock in use. Needs CAP_SYS_ADMIN in the user namespace it belongs to. */
export function reconfigure(caller: Caller, context: number): void {
  const { reconfigure: command } = FsconfigCommand
  call(caller, 'fsconfig', [context, command, 0, 0, 0], [`fd ${context}`, 'FSCONFIG_CMD_RECONFIGURE'])
}

/** fsmount(2), Linux 5.2: a detached mount of the superblock made before, as a descriptor of the caller. It may be idmapped before it is attached. */
export function mountContext(caller: Caller, context: number, attributes: MountAttributes = {}): number {
  return call(
    caller,
    'fsmount',
    [context, CLOEXEC, attributeBits(attributes)],
    [`fd ${context}`, describeChange(attributes)],
  )
}

/** What the file system said while it was configured, a line each: `e tmpfs: Bad value for 'size'`. */
export function contextMessages(caller: Caller, context: number): readonly string[] {
  const LONGEST = 4096
  const lines: string[] = []
  for (;;) {
    const space = caller.scratch.reserve(LONGEST)
    const length = tryCall(caller, 'read', [context, space.address, LONGEST])
    // ENODATA: that was the last one.
    if (length <= 0) return lines
    lines.push(space.bytes.toString('utf8', 0, length).trim())
  }
}
