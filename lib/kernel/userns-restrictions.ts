import type { Caller } from './caller.ts'
import { Capability, hasCapability } from './capability-sets.ts'
import type { Diagnosis } from './diagnosis.ts'
import { readFile } from './files.ts'
import { readMountinfo } from './mountinfo.ts'
import { unlessRefused } from './unless-refused.ts'

/** The kernel's switches against user namespaces that say no to this caller; `undefined` when none does. */
export function restrictionOf(caller: Caller): Diagnosis | undefined {
  return debianRestriction(caller) ?? apparmorRestriction(caller) ?? chrootRestriction(caller)
}

/** Ubuntu's kernel.apparmor_restrict_unprivileged_userns: the namespace is made, but without any capability in it. */
export function apparmorRestriction(caller: Caller): Diagnosis | undefined {
  const key = 'kernel.apparmor_restrict_unprivileged_userns'
  if (sysctl(caller, key) !== '1' || hasCapability(caller, Capability.sysAdmin)) return undefined
  return {
    code: 'USERNS_FORBIDDEN_BY_APPARMOR',
    sentence: `AppArmor gives unprivileged user namespaces no power here (${key} is 1): an AppArmor profile with "userns," or root is needed`,
  }
}

/** A sysctl as the caller sees it, without its newline; `undefined` when this kernel has none of the name. */
export function sysctl(caller: Caller, name: string): string | undefined {
  const value = unlessRefused(() => readFile(caller, `/proc/sys/${name.replaceAll('.', '/')}`))
  return value && Buffer.from(value).toString().trim()
}

// A patch of Debian's kernels: copy_process() and ksys_unshare() ask for CAP_SYS_ADMIN.
function debianRestriction(caller: Caller): Diagnosis | undefined {
  const key = 'kernel.unprivileged_userns_clone'
  if (sysctl(caller, key) !== '0' || hasCapability(caller, Capability.sysAdmin)) return undefined
  return {
    code: 'USERNS_FORBIDDEN_BY_DEBIAN',
    sentence: `this system lets only root make user namespaces (${key} is 0)`,
  }
}

// create_user_ns(): a chrooted caller could break out. A root that is a mount point is not told from one that is not.
function chrootRestriction(caller: Caller): Diagnosis | undefined {
  if (readMountinfo(caller, 'self').some(({ mountPoint }) => mountPoint === '/')) return undefined
  return { code: 'USERNS_IN_CHROOT', sentence: 'a process in a chroot can make no user namespace' }
}
