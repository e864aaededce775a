import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ext4, vfat } from '../../scenarios/kit/language.ts'
import { makeDisk } from '../../vm/image/disk.ts'
import { mounting } from '../lib/kernel/checks/mounting.ts'
import { refusals } from '../lib/kernel/checks/refusals.ts'
import { restrictions } from '../lib/kernel/checks/restrictions.ts'
import { runInGuest, startGuest } from './lab.ts'
import { madeReady } from './ready.ts'

await madeReady('5.10')

type Checked = { readonly type: string; readonly sentence: string; readonly wrong: string | null }

const CHECKS = mounting.length + refusals.length + restrictions.length
let images: DirectoryResult
beforeAll(async () => {
  images = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => images.cleanup())

async function checkOn(kernel: string): Promise<Checked[]> {
  const disks = await Promise.all(
    [vfat({}, { uid: 7, gid: 7 }), ext4({})].map(async disk => {
      const image = path.join(images.path, `${kernel}-${disk.fs}`)
      await makeDisk(image, disk)
      return { serial: disk.fs, image, readOnly: false }
    }),
  )
  await using guest = await startGuest({ disks, limits: { call: 30_000 } }, kernel)
  const lines = (await runInGuest(guest, new URL('acts/check-mounts.ts', import.meta.url))).trim().split('\n')
  return lines.map(line => JSON.parse(line) as Checked)
}

describe.each(['6.1', '6.12'])('on Linux %s', kernel => {
  let checked: Checked[]
  beforeAll(async () => {
    checked = await checkOn(kernel)
  }, 180_000)

  it.each(['vfat', 'ext4'])('every check of idmapped mounts and their refusals holds on %s', type => {
    const here = checked.filter(check => check.type === type)
    expect(here).toHaveLength(CHECKS)
    expect(here.filter(({ wrong }) => wrong !== null)).toEqual([])
  })
})

it('on Linux 5.10, which has none, the refusal says which call is missing and when it came', {
  timeout: 180_000,
}, async () => {
  await using guest = await startGuest({}, '5.10')
  const refused = JSON.parse(await runInGuest(guest, new URL('acts/mount-on-old.ts', import.meta.url)))
  expect(refused).toEqual([
    {
      code: 'KERNEL_TOO_OLD',
      message: expect.stringMatching(
        /^Linux 5\.10\..* has no mount_setattr\(2\), which came with Linux 5\.12 \(mount_setattr: ENOSYS\)$/,
      ),
    },
    { code: 'KERNEL_TOO_OLD', message: expect.stringMatching(/no open_tree_attr\(2\), which came with Linux 6\.15/) },
  ])
})
