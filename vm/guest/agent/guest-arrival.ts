import fs from 'node:fs'
import { call, here } from '../../../lib/kernel/caller.ts'
import type { Arrival } from '../protocol.ts'

/** Makes one guest of the many that were restored from one snapshot: its kernel's own randomness, the time of day, its disks. */
export function arriveInGuest({ entropy, clockMs, disks }: Arrival): void {
  seedKernel(Buffer.from(entropy, 'hex'))
  setClock(clockMs)
  takeDisks(disks)
}

// Every clone's generator is in the same state: the seed goes into its pool, and the pool into what it gives from now on.
function seedKernel(bytes: Buffer): void {
  const RNDADDENTROPY = 0x40085203
  const RNDRESEEDCRNG = 0x5207
  const info = Buffer.alloc(8 + bytes.length)
  info.writeInt32LE(bytes.length * 8, 0)
  info.writeInt32LE(bytes.length, 4)
  info.set(bytes, 8)
  const random = fs.openSync('/dev/random', fs.constants.O_RDWR)
  call(here(), 'ioctl', [random, RNDADDENTROPY, info])
  call(here(), 'ioctl', [random, RNDRESEEDCRNG, 0])
  fs.closeSync(random)
}

function setClock(ms: number): void {
  const CLOCK_REALTIME = 0
  const time = Buffer.alloc(16)
  time.writeBigInt64LE(BigInt(Math.floor(ms / 1000)), 0)
  time.writeBigInt64LE(BigInt(Math.floor((ms % 1000) * 1e6)), 8)
  call(here(), 'clock_settime', [CLOCK_REALTIME, time])
}

function takeDisks(count: number): void {
  slots ??= emptySlots()
  if (slots.length < count) throw new Error(`the host gave ${count} disks, this guest has ${slots.length} slots`)
  for (const name of slots.slice(0, count)) fs.writeFileSync('/sys/bus/virtio/drivers/virtio_blk/bind', name)
}

/** The devices without a driver; known since before the guest was frozen, for to look takes longer than to take them. */
let slots: readonly string[] | undefined

// In their own order, so that the first disk is the first letter.
function emptySlots(): string[] {
  const devices = '/sys/bus/virtio/devices'
  const BLOCK_DEVICE = '0x0002'
  return fs
    .readdirSync(devices)
    .filter(name => fs.readFileSync(`${devices}/${name}/device`, 'utf8').trim() === BLOCK_DEVICE)
    .filter(name => !fs.existsSync(`${devices}/${name}/driver`))
    .sort((a, b) => Number(a.replace('virtio', '')) - Number(b.replace('virtio', '')))
}
