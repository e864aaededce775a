// The agent without a guest: runs on this machine's own kernel, in namespaces of its own (see vm/native/), and speaks ../protocol.ts.
import fs from 'node:fs'
import { call, here } from '../../../lib/kernel/caller.ts'
import { attachLoopDevice } from '../../../lib/kernel/loop.ts'
import { NativeFd, type NativeGift } from '../../native/gift.ts'
import { serve } from './serve.ts'

const F_SETFD = 2
const FD_CLOEXEC = 1

const { disks } = JSON.parse(process.env.GIVEN ?? '') as NativeGift
delete process.env.GIVEN

// What was inherited would be by every command of a story too.
for (const fd of [NativeFd.agent, NativeFd.terminal]) call(here(), 'fcntl', [fd, F_SETFD, FD_CLOEXEC])

const devices = new Map(disks.map(({ serial, readOnly }, i) => [serial, attach(NativeFd.firstDisk + i, readOnly)]))

serve(NativeFd.agent, {
  disk(serial) {
    const device = devices.get(serial)
    if (device === undefined) throw new Error(`the case has no disk ${serial}`)
    return device
  },
  openTerminal: () => NativeFd.terminal,
  // Its clock and its randomness are this machine's own, and the disks are there.
  arrive: () => {},
})

/** The device is held for as long as this process lives, and goes with it; the image is the device's then. */
function attach(image: number, readOnly: boolean): string {
  try {
    const { path } = attachLoopDevice(here(), image, { readOnly })
    fs.closeSync(image)
    return path
  } catch (error) {
    console.log(`idmaplab: init: cannot put a disk on a loop device: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}
