import fs from 'node:fs'
import { dirSync } from 'tmp-promise'
import { expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { attachLoopDevice } from '../../../lib/kernel/loop.ts'
import { closeFd } from '../../../lib/kernel/mount.ts'
import { noLoopDevices } from './looking.ts'
import { testUnless } from './native.ts'

const natively = testUnless(noLoopDevices)

natively('a file is a block device until its descriptors are closed', () => {
  const directory = dirSync({ unsafeCleanup: true })
  try {
    const image = `${directory.name}/image`
    fs.writeFileSync(image, Buffer.alloc(1 << 20, 'snow'))
    const fd = fs.openSync(image, 'r')
    const loop = attachLoopDevice(here(), fd, { readOnly: true })
    fs.closeSync(fd)
    expect(fs.readFileSync(loop.path).equals(fs.readFileSync(image))).toBe(true)
    const backing = `/sys/block/${loop.path.slice('/dev/'.length)}/loop/backing_file`
    expect(fs.readFileSync(backing, 'utf8').trim()).toBe(image)
    closeFd(here(), loop.fd)
    expect(fs.existsSync(backing) && fs.readFileSync(backing, 'utf8').trim() === image).toBe(false)
  } finally {
    directory.removeCallback()
  }
})
