import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import {
  contextMessages,
  createSuperblock,
  mountContext,
  openFilesystem,
  pickFilesystem,
  reconfigure,
  setParameter,
} from '../../../lib/kernel/filesystem-context.ts'
import { changeMount } from '../../../lib/kernel/idmapped-copy.ts'
import { idmapMount } from '../../../lib/kernel/idmapped-mount.ts'
import { attach, closeFd, unmount } from '../../../lib/kernel/mount.ts'
import { setMountAttributes } from '../../../lib/kernel/mount-attributes.ts'
import { mountAt } from '../../../lib/kernel/mount-lookup.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import { both, mountsBelow, noIdmappedTmpfs, testUnless } from './native.ts'

const natively = testUnless(noIdmappedTmpfs)
const map = both<'disk', 'host'>([0, 100000, 1000])

let directory: DirectoryResult
const at = (name: string) => path.join(directory.path, name)
const optionsAt = (name: string) => mountAt(here(), at(name))

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  for (const name of ['target', 'other', 'lower', 'upper', 'work']) fs.mkdirSync(at(name))
})
afterEach(async () => {
  for (const line of mountsBelow(directory.path).reverse()) unmount(here(), line.split(' ')[4] ?? '', { lazy: true })
  await directory.cleanup()
})

function attached(type: string, parameters: Readonly<Record<string, string | true>>, target: string): void {
  const context = openFilesystem(here(), type)
  for (const [key, value] of Object.entries(parameters)) setParameter(here(), context, key, value)
  createSuperblock(here(), context)
  const mount = mountContext(here(), context, { nosuid: true, accessTime: 'noatime' })
  attach(here(), mount, at(target))
  for (const fd of [mount, context]) closeFd(here(), fd)
}

natively('a file system is configured, created and mounted step by step', () => {
  attached('tmpfs', { size: '1m', ro: true }, 'target')
  expect(optionsAt('target')).toMatchObject({ type: 'tmpfs', mountPoint: at('target') })
  expect(optionsAt('target')?.options).toEqual(expect.arrayContaining(['nosuid', 'noatime']))
  expect(optionsAt('target')?.superOptions).toEqual(expect.arrayContaining(['ro', 'size=1024k']))
})

natively('a mounted one is picked up and reconfigured', () => {
  attached('tmpfs', { size: '1m' }, 'target')
  const context = pickFilesystem(here(), at('target'))
  setParameter(here(), context, 'size', '2m')
  reconfigure(here(), context)
  closeFd(here(), context)
  expect(optionsAt('target')?.superOptions).toContain('size=2048k')
})

natively('what the file system has to say of a parameter can be read', () => {
  const context = openFilesystem(here(), 'tmpfs')
  expect(() => setParameter(here(), context, 'size', 'much')).toThrow(/EINVAL/)
  expect(contextMessages(here(), context).join()).toMatch(/tmpfs: Bad value for 'size'/)
  expect(contextMessages(here(), context)).toEqual([])
  closeFd(here(), context)
})

natively('its mount takes a map before anybody sees it', () => {
  using userns = createUserNamespace(map)
  const context = openFilesystem(here(), 'tmpfs')
  createSuperblock(here(), context)
  const mount = mountContext(here(), context)
  changeMount(here(), mount, { idmap: userns.fd })
  attach(here(), mount, at('target'))
  for (const fd of [mount, context]) closeFd(here(), fd)
  expect(fs.statSync(at('target')).uid).toBe(100000)
})

natively('attributes of an attached mount are set and cleared; what is not named stays', () => {
  attached('tmpfs', {}, 'target')
  setMountAttributes(here(), at('target'), { readOnly: true, nodev: true, accessTime: 'strictatime' })
  expect(new Set(optionsAt('target')?.options)).toEqual(new Set(['ro', 'nosuid', 'nodev']))
  setMountAttributes(here(), at('target'), { readOnly: false, nosuid: false, accessTime: 'relatime' })
  expect(new Set(optionsAt('target')?.options)).toEqual(new Set(['rw', 'nodev', 'relatime']))
})

natively('a path that is no mount’s root has no attributes to set', () => {
  attached('tmpfs', {}, 'target')
  fs.mkdirSync(at('target/below'))
  expect(() => setMountAttributes(here(), at('target/below'), { readOnly: true })).toThrow(
    /EINVAL: the path is not the root of a mount/,
  )
})

natively('an overlay over an idmapped layer shows the layer’s ids', () => {
  fs.writeFileSync(at('lower/file'), '')
  fs.chownSync(at('lower/file'), 7, 7)
  using _lower = idmapMount({ source: at('lower'), target: at('other'), map })
  attached('overlay', { lowerdir: at('other'), upperdir: at('upper'), workdir: at('work') }, 'target')
  expect(fs.statSync(at('target/file')).uid).toBe(100007)
  unmount(here(), at('target'))
})

natively('a merged overlay takes a map from Linux 7.3 on; before, the refusal names it', () => {
  attached('overlay', { lowerdir: at('lower'), upperdir: at('upper'), workdir: at('work') }, 'target')
  try {
    idmapMount({ source: at('target'), target: at('other'), map }).close()
  } catch (error) {
    expect(error).toMatchObject({ code: 'FILESYSTEM_NOT_IDMAPPABLE', errno: 22 })
    expect((error as Error).message).toContain(`the overlay at ${at('target')} does not allow idmapped mounts on Linux`)
  }
})
