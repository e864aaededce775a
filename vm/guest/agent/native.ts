// The agent without a guest: runs on this machine's own kernel, in namespaces of its own (see vm/native/), and speaks ../protocol.ts.
import { here } from '../../../lib/kernel/caller.ts'
import { attachLoopDevice } from '../../../lib/kernel/loop.ts'
import { NativeFd, type NativeGift } from '../../native/gift.ts'
import { seededRandom } from './seeded-random.ts'
import { serve } from './serve.ts'

const { seed, entropy, disks } = JSON.parse(process.env.GIVEN ?? '') as NativeGift
delete process.env.GIVEN
process.env.IDMAPLAB_SEED = seed
Math.random = seededRandom(Buffer.from(entropy, 'hex'))

const devices = new Map(disks.map(({ serial, readOnly }, i) => [serial, attach(NativeFd.firstDisk + i, readOnly)]))

serve(NativeFd.agent, {
  disk(serial) {
    const device = devices.get(serial)
    if (device === undefined) throw new Error(`the case has no disk ${serial}`)
    return device
  },
  openTerminal: () => NativeFd.terminal,
})

/** The device is held for as long as this process lives, and goes with it. */
function attach(image: number, readOnly: boolean): string {
  try {
    return attachLoopDevice(here(), image, { readOnly }).path
  } catch (error) {
    console.log(`idmaplab: init: cannot put a disk on a loop device: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}
