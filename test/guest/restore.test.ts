import fs from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { type Cache, openCache } from '../../vm/cache/cache.ts'
import { fingerprintFile } from '../../vm/cache/fingerprint.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import { gather, type Ingredients } from '../../vm/guest/ingredients.ts'
import { restoreGuest, type Snapshot } from '../../vm/guest/restore.ts'
import { goldenSnapshot } from '../../vm/guest/snapshot.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'
import { startGuest } from './lab.ts'

const context = { progress: silent }
let cache: Cache
let ingredients: Ingredients
let snapshot: Snapshot

beforeAll(async () => {
  cache = await openCache()
  ingredients = await gather(await resolveKernel('6.12', { cache, ...context }), 'tcg', { cache, ...context })
  snapshot = await goldenSnapshot(ingredients, await specOf(), { cache, ...context })
}, 120_000)

async function specOf(disks: { serial: string; image: string; readOnly: boolean }[] = []) {
  const logFile = path.join(await cache.logs(), 'console.log')
  return { kernel: ingredients.kernel, accelerator: 'tcg' as const, disks, logFile, seed: '1' }
}

async function shell(guest: Guest, command: string): Promise<string> {
  let said = ''
  await guest.call('process.run', { actor: 0, argv: ['sh', '-c', command], stdin: '' }, (_, data) => {
    said += data
  })
  return said.trim()
}

it('a guest is restored, not booted, and a cold one is booted', async () => {
  await using restored = await startGuest()
  await using cold = await startGuest({ cold: true })
  expect(restored.commandLine).toContain('-incoming')
  expect(cold.commandLine).not.toContain('-incoming')
  for (const guest of [restored, cold])
    expect(await guest.call('file.stat', { actor: 0, path: '/usr' })).toMatchObject({ type: 'directory', uid: 0 })
  expect(restored.kernelRelease).toBe(cold.kernelRelease)
})

it('what one guest writes no other sees, and the snapshot stays as it is, bit by bit', async () => {
  const before = await fingerprintFile(snapshot.ram)
  const spec = await specOf()
  await using one = await restoreGuest(snapshot, ingredients, spec)
  await using other = await restoreGuest(snapshot, ingredients, spec)
  await one.call('file.create', { actor: 0, path: '/root/mine', contents: '', mode: 0o600 })
  await shell(one, 'dd if=/dev/zero of=/root/much bs=1M count=50')
  await expect(other.call('file.stat', { actor: 0, path: '/root/mine' })).rejects.toThrow('ENOENT')
  await expect(one.call('file.stat', { actor: 0, path: '/root/mine' })).resolves.toMatchObject({ uid: 0 })
  await Promise.all([one.end(), other.end()])
  await using third = await restoreGuest(snapshot, ingredients, spec)
  await expect(third.call('file.stat', { actor: 0, path: '/root/mine' })).rejects.toThrow('ENOENT')
  expect(await fingerprintFile(snapshot.ram)).toBe(before)
})

it('two guests share no randomness, and each knows the seed it was given', async () => {
  const draw = 'echo $IDMAPLAB_SEED; cat /proc/sys/kernel/random/boot_id; od -An -N16 -tx1 /dev/urandom'
  const guests = [await startGuest({ seed: 'snow' }), await startGuest()]
  try {
    const [[seed, ...given], [drawn, ...other]] = (await Promise.all(
      guests.map(async guest => (await shell(guest, draw)).split('\n')),
    )) as [string[], string[]]
    expect(seed).toBe('snow')
    expect(drawn).toBe(guests[1]?.seed)
    expect(given[0]).not.toBe(other[0])
    expect(given[1]).not.toBe(other[1])
  } finally {
    for (const guest of guests) await guest.end()
  }
})

it('the guest has the time of day, however old the snapshot is', async () => {
  const before = Math.floor(Date.now() / 1000)
  await using guest = await startGuest()
  const inTheGuest = Number(await shell(guest, 'date +%s'))
  expect(inTheGuest).toBeGreaterThanOrEqual(before)
  expect(inTheGuest).toBeLessThanOrEqual(Date.now() / 1000 + 1)
})

it('disks of any size are there in their order, with their serial numbers, and what is read-only stays so', async () => {
  await using place = await cache.temporary()
  const sizes = [512, 1_234_432, 5 << 20, 3 * 2 ** 30, 4096]
  const disks = await Promise.all(
    sizes.map(async (size, i) => {
      const image = path.join(place.path, `odd, "${i}".img`)
      await fs.writeFile(image, '')
      await fs.truncate(image, size)
      return { serial: `disk-${i}`, image, readOnly: i === 2 }
    }),
  )
  await using guest = await startGuest({ disks })
  const blocks = await shell(guest, 'cd /sys/block; for d in vd?; do echo $d $(cat $d/size $d/ro $d/serial); done')
  expect(blocks.split('\n').slice(1)).toEqual([
    'vdb 1 0 disk-0',
    'vdc 2411 0 disk-1',
    'vdd 10240 1 disk-2',
    'vde 6291456 0 disk-3',
    'vdf 8 0 disk-4',
  ])
  await shell(guest, 'printf snow | dd of=/dev/vdc bs=1 seek=1234400 conv=notrunc,fsync; printf rain > /dev/vdd')
  await guest.end()
  const [, written = '', readOnly = ''] = disks.map(({ image }) => image)
  expect((await fs.readFile(written)).subarray(1_234_400, 1_234_404).toString()).toBe('snow')
  expect((await fs.readFile(readOnly)).equals(Buffer.alloc(5 << 20))).toBe(true)
})

it('an agent that does not run is in no snapshot, and the console has why', async () => {
  const broken = { ...ingredients, agent: 'throw new Error("this agent was edited")' }
  const spec = await specOf()
  const refused = goldenSnapshot(broken, spec, { cache, ...context })
  await expect(refused).rejects.toThrow(/^No snapshot can be made: .*The guest did not take its agent: /)
  expect(await fs.readFile(spec.logFile, 'utf8')).toContain('this agent was edited')
})

it('a state QEMU does not take ends the guest with QEMU’s words', async () => {
  const state = Buffer.from(snapshot.state)
  state.fill(0xff, 0, 4)
  await expect(restoreGuest({ ...snapshot, state }, ingredients, await specOf())).rejects.toMatchObject({
    code: 'GUEST_BOOT',
    details: expect.arrayContaining([expect.stringMatching(/load of migration failed|Not a migration stream/)]),
  })
})
