import { type Caller, here } from './caller.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { SyscallError } from './errno.ts'
import { closeFd } from './mount.ts'
import { parentNamespace } from './namespace-ioctl.ts'
import { unlessRefused } from './unless-refused.ts'
import { restrictionOf, sysctl } from './userns-restrictions.ts'

/** A user namespace can be nested 33 deep below the initial one: create_user_ns() in kernel/user_namespace.c. */
const DEEPEST = 33

/**
 * Why no user namespace could be made: looks at the limits and at the switches of distributions.
 * `parent` is the one it should have been in, when that is not this process's own.
 */
export function whyNoUserNamespace(
  caller: Caller,
  refused: SyscallError,
  parent?: { readonly fd: number },
): Diagnosis | undefined {
  if (refused.code === 'ENOSPC') return limit(caller, parent)
  if (refused.code === 'EPERM' || refused.code === 'EACCES') return restrictionOf(caller)
  return undefined
}

function limit(caller: Caller, parent: { readonly fd: number } | undefined): Diagnosis {
  const depth = parent === undefined ? 0 : depthOf(parent.fd)
  if (depth >= DEEPEST)
    return {
      code: 'USERNS_TOO_DEEP',
      sentence: `the user namespace would be ${depth + 1} deep, and the kernel nests ${DEEPEST}`,
    }
  const most = sysctl(caller, 'user.max_user_namespaces') ?? 'unknown'
  return {
    code: 'USERNS_LIMIT',
    sentence: `there are as many user namespaces as there may be (user.max_user_namespaces is ${most} here; a limit further out counts too): raise it, or close some`,
  }
}

/** How many namespaces lie between that of this process and the one of `fd`, itself counted. */
function depthOf(fd: number): number {
  let depth = 0
  let at = fd
  for (;;) {
    const parent = parentOf(at)
    if (at !== fd) closeFd(here(), at)
    if (parent === undefined) return depth
    depth += 1
    at = parent
  }
}

function parentOf(fd: number): number | undefined {
  return unlessRefused(() => parentNamespace(here(), fd))
}
