import fs from 'node:fs'
import { here } from '../../../lib/kernel/caller.ts'
import { createDelegated } from '../../../lib/kernel/delegated-creation.ts'
import { diagnosed } from '../../../lib/kernel/diagnosis.ts'
import {
  contextMessages,
  createSuperblock,
  mountContext,
  openFilesystem,
  setParameter,
} from '../../../lib/kernel/filesystem-context.ts'
import { attach, closeFd } from '../../../lib/kernel/mount.ts'
import { takeDescriptorOf } from '../../../lib/kernel/namespaces.ts'
import type { Requests } from '../protocol.ts'
import { callerOf, pidOf } from './actors.ts'

type Delegated = Requests['mount.delegated']

/** Makes a file system for a container and mounts it. */
export function mountDelegated(request: Delegated): void {
  const { owner, type, options, target, createdBy } = request
  fs.mkdirSync(target, { recursive: true })
  if (createdBy === 'owner') createDelegated({ type, parameters: options, owner: pidOf(owner) }).attach(target)
  else createOpened(request)
}

// The superblock belongs to the user namespace of who opened the context, whoever creates it.
function createOpened({ owner, type, options, target }: Delegated): void {
  const container = callerOf(owner)
  const opened = openFilesystem(container, type)
  for (const [key, value] of Object.entries(options)) setParameter(container, opened, key, value)
  const context = takeDescriptorOf(pidOf(owner), opened)
  closeFd(container, opened)
  try {
    diagnosed(
      () => createSuperblock(here(), context),
      () => ({ code: 'FILESYSTEM_NOT_FOR_USERNS', sentence: contextMessages(here(), context).join('; ') }),
    )
    const mount = mountContext(here(), context)
    attach(here(), mount, target)
    closeFd(here(), mount)
  } finally {
    closeFd(here(), context)
  }
}
