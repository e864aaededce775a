import fs from 'node:fs'
import { call, here } from '../../../lib/kernel/caller.ts'
import type { Arrival } from '../protocol.ts'
import { seededRandom } from './seeded-random.ts'

/** Makes one guest of the many that were restored from one snapshot: its own randomness, the time of day, its disks. */
export function arrive({ seed, entropy, clockMs, disks }: Omit<Arrival, 'code'>): void {
  seedRandomness(entropy)
  process.env.IDMAPLAB_SEED = seed
  setClock(clockMs)
  takeDisks(disks)
}

// Every clone's generator is in the same state: the seed goes into its pool, and the pool into what it gives from now on.
function seedRandomness(entropy: string): void {
  const RNDADDENTROPY = 0x40085203
  const RNDRESEEDCRNG = 0x5207
  const bytes = Buffer.from(entropy, 'hex')
  const info = Buffer.alloc(8 + bytes.length)
  info.writeInt32LE(bytes.length * 8, 0)
  info.writeInt32LE(bytes.length, 4)
  info.set(bytes, 8)
  const random = fs.openSync('/dev/random', fs.constants.O_RDWR)
  call(here(), 'ioctl', [random, RNDADDENTROPY, info])
  call(here(), 'ioctl', [random, RNDRESEEDCRNG, 0])
  fs.closeSync(random)
  Math.random = seededRandom(bytes)
}

function setClock(ms: number): void {
  const CLOCK_REALTIME = 0
  const time = Buffer.alloc(16)
  time.writeBigInt64LE(BigInt(Math.floor(ms / 1000)), 0)
  time.writeBigInt64LE(BigInt(Math.floor((ms % 1000) * 1e6)), 8)
  call(here(), 'clock_settime', [CLOCK_REALTIME, time])
}

// In the order of the slots, so that the first disk is the first letter.
function takeDisks(count: number): void {
  const devices = '/sys/bus/virtio/devices'
  const BLOCK_DEVICE = '0x0002'
  const waiting = fs
    .readdirSync(devices)
    .filter(name => fs.readFileSync(`${devices}/${name}/device`, 'utf8').trim() === BLOCK_DEVICE)
    .filter(name => !fs.existsSync(`${devices}/${name}/driver`))
    .sort((a, b) => Number(a.replace('virtio', '')) - Number(b.replace('virtio', '')))
  if (waiting.length < count) throw new Error(`the host gave ${count} disks, this guest has ${waiting.length} slots`)
  for (const name of waiting.slice(0, count)) fs.writeFileSync('/sys/bus/virtio/drivers/virtio_blk/bind', name)
}
