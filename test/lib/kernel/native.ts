import fs from 'node:fs'
import { dirSync } from 'tmp-promise'
import { test } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { errnoName, SyscallError } from '../../../lib/kernel/errno.ts'
import { tryIdmap } from '../../../lib/kernel/idmapped-mount.ts'
import { mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { both } from './checks/stage.ts'

export { both }

/** An ordinary user's has no sbin, where mkfs.* are. */
export const searchPath = `${process.env.PATH}:/usr/sbin:/sbin`

// A security policy, a limit of none, a kernel built without or from before it.
const refusals = ['EPERM', 'EACCES', 'ENOSPC', 'ENOSYS', 'EINVAL', 'EOPNOTSUPP']

/** Why this process can make no user namespace with a map of its choice; `undefined` when it can. */
export const noNamespaces = reasonWhyNot(() => new Task({ flags: CLONE_NEWUSER }).close())

/** Why this process can make no idmapped mount of a tmpfs, which needs Linux 6.3; `undefined` when it can. */
export const noIdmappedTmpfs = noNamespaces ?? reasonWhyNot(probeTmpfs)

/** Why this process cannot make and mount an image of this file system; `undefined` when it can. */
export function noLoopMounts(type: string): string | undefined {
  if (noNamespaces !== undefined) return noNamespaces
  if (!fs.existsSync('/dev/loop-control')) return 'no loop devices'
  if (!searchPath.split(':').some(directory => fs.existsSync(`${directory}/mkfs.${type}`)))
    return `mkfs.${type} is not installed`
  const known = fs.readFileSync('/proc/filesystems', 'utf8').split('\n')
  return known.includes(`\t${type}`) ? undefined : `this kernel has no ${type}`
}

/** A test that is left out, and says why, where something is missing. */
export function testUnless(missing: string | undefined): (sentence: string, act: () => unknown) => void {
  const why = missing === undefined ? '' : ` (left out: ${missing})`
  return (sentence, act) => test.skipIf(missing !== undefined)(`${sentence}${why}`, act)
}

/** The mounts below a directory; those of other tests come and go meanwhile. */
export function mountsBelow(directory: string): string[] {
  const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.filter(line => line.includes(` ${directory}/`))
}

/** Where each open descriptor of this process leads. */
export function openDescriptors(): string[] {
  return fs.readdirSync('/proc/self/fd').map(linkOf).sort()
}

// The descriptor the directory was read with is closed by then.
function linkOf(fd: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

function probeTmpfs(): void {
  const directory = dirSync()
  try {
    mountFilesystem(here(), { source: 'tmpfs', target: directory.name, type: 'tmpfs' })
    try {
      tryIdmap(directory.name, both([0, 1, 1]))
    } finally {
      unmount(here(), directory.name)
    }
  } finally {
    directory.removeCallback()
  }
}

// Only a refusal by the kernel is a reason: a defect of the library must fail the tests, not leave them out.
function reasonWhyNot(attempt: () => void): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    attempt()
    return undefined
  } catch (error) {
    if (!(error instanceof SyscallError) || !refusals.includes(errnoName(error.errno))) throw error
    return error.message
  }
}
