import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { attachLoopDevice } from '../../../lib/kernel/loop.ts'
import { closeFd, mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { mounting } from './checks/mounting.ts'
import { refusals } from './checks/refusals.ts'
import { clearStage, type Stage, setStage } from './checks/stage.ts'
import { noIdmappedTmpfs, noLoopMounts, searchPath, testUnless } from './native.ts'

const SIZES_MIB: Readonly<Record<string, number>> = { ext4: 16, xfs: 320, btrfs: 120, vfat: 16 }

describe.each([['tmpfs'], ['ext4'], ['xfs'], ['btrfs'], ['vfat']])('an idmapped mount of %s', type => {
  const natively = testUnless(type === 'tmpfs' ? noIdmappedTmpfs : noLoopMounts(type))
  let directory: DirectoryResult
  let stage: Stage

  beforeAll(async () => {
    if (type === 'tmpfs' ? noIdmappedTmpfs : noLoopMounts(type)) return
    directory = await temporaryDirectory({ unsafeCleanup: true })
    const source = path.join(directory.path, 'source')
    fs.mkdirSync(source)
    if (type === 'tmpfs') mountFilesystem(here(), { source: 'tmpfs', target: source, type, options: 'mode=0755' })
    else mountLoop(type, path.join(directory.path, 'image'), source)
    stage = setStage(directory.path, type)
  })
  afterEach(() => {
    if (stage) clearStage(stage)
  })
  afterAll(async () => {
    if (stage) unmount(here(), stage.source, { lazy: true })
    await directory?.cleanup()
  })

  for (const { sentence, run } of mounting) natively(sentence, () => run(stage))
  describe('is refused for', () => {
    for (const { sentence, run } of refusals) natively(sentence, () => run(stage))
  })
})

function mountLoop(type: string, image: string, target: string): void {
  fs.writeFileSync(image, '')
  fs.truncateSync(image, (SIZES_MIB[type] ?? 16) * 2 ** 20)
  execFileSync(`mkfs.${type}`, [image], { stdio: 'ignore', env: { ...process.env, PATH: searchPath } })
  const fd = fs.openSync(image, 'r+')
  const loop = attachLoopDevice(here(), fd)
  try {
    const options = type === 'vfat' ? 'uid=7,gid=7' : ''
    mountFilesystem(here(), { source: loop.path, target, type, options })
  } finally {
    closeFd(here(), loop.fd)
    fs.closeSync(fd)
  }
}
