import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lxcIdmap, mountIdmap } from '../../scenarios/kit/language.ts'
import { failures } from '../../scenarios/kit/result.ts'
import type { GuestSpec } from '../../vm/guest/guest.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { runDebugfs } from '../../vm/image/raw/debugfs.ts'
import { FakeGuest, owners } from './fake-guest.ts'
import { Stage, storyOf, type Telling } from './stage.ts'

let stage: Stage
const box = lxcIdmap('b 0 100000 65536')

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

/** Guests that are opened in this order, and how they were asked for. */
function inOrder(guests: readonly FakeGuest[]) {
  const specs: GuestSpec[] = []
  const open = async (spec: GuestSpec): Promise<FakeGuest> => {
    const guest = guests[specs.length]
    specs.push(spec)
    if (guest === undefined) throw new Error('there are no more machines')
    return guest
  }
  return { specs, open }
}

const machine = (onDispose?: () => Promise<unknown>) =>
  new FakeGuest({ 'file.stat': owners({ '0 /srv/shared': '1005:1005', '1 /srv/shared': '65534:65534' }) }, onDispose)

const tableOf = (disk: string) => `/srv  disk  host  container\nshared  ${disk}  1005:1005  65534:65534`

/** While the disk is on its way to the desktop its directory is given to 60000. */
const carriedOver: Telling = async ({ machine, disks }) => {
  const laptop = await machine('laptop')
  await laptop.mount(disks.data, '/srv')
  await (await laptop.container('box', { idmap: box })).sees(tableOf('1005:1005'))
  const desktop = await machine('desktop')
  await runDebugfs(disks.data.image, ['set_inode_field "/shared" uid 60000'], { write: true })
  await desktop.mount(disks.data, '/srv')
  await (await desktop.container('box', { idmap: box })).sees(tableOf('60000:1005'))
}

test('what each machine left on the disk is read when it was switched off, and told under its name', async () => {
  const { open } = inOrder([machine(), machine()])
  const result = await stage.run(storyOf(carriedOver), open)
  expect(failures(result)).toEqual([])
  expect(result.outcome).toBe('PASS')
  expect(result.rows.map(({ path, disk }) => `${path} ${disk.found}`)).toEqual([
    'laptop:/srv/shared 1005:1005',
    'desktop:/srv/shared 60000:1005',
  ])
})

test('the next machine gets the same disks and seed, and a log of its own, after the one before is gone', async () => {
  const laptop = machine()
  let goneBefore: number | undefined
  const { specs, open } = inOrder([laptop, machine()])
  const result = await stage.run(storyOf(carriedOver), spec => {
    goneBefore = laptop.disposed
    return open(spec)
  })
  expect(result.outcome).toBe('PASS')
  expect(goneBefore).toBe(1)
  expect(laptop.asked.at(-1)).toMatchObject({ method: 'disk.released', params: { serial: 'data' } })
  expect(specs[1]).toMatchObject({ disks: specs[0]?.disks, seed: laptop.seed })
  expect(specs.map(({ logFile }) => logFile.split('/').at(-1))).toEqual(['console.log', 'console-desktop.log'])
})

test('a wrong owner that the first machine left is a failure, whatever the second makes of it', async () => {
  const { open } = inOrder([machine(), machine()])
  const result = await stage.run(storyOf(carriedOver), open, { sabotage: 'wrong-owner-on-disk' })
  expect(failures(result)).toContain('laptop:/srv/shared: disk: expected 1005:1005 found 4242:1005')
})

test('a machine whose kernel got into trouble is a FAIL, although the story was on its way to the next', async () => {
  const trouble = new KernelTrouble('The guest’s kernel is in trouble.', { kind: 'oops', trace: [], details: [] })
  const { open } = inOrder([machine(() => Promise.reject(trouble)), machine()])
  const result = await stage.run(storyOf(carriedOver), open)
  expect(result).toMatchObject({ outcome: 'FAIL', code: 'KERNEL_TROUBLE' })
})

test('the maps of a machine that was switched off are none of the next one’s', async () => {
  const { open } = inOrder([machine(), machine()])
  const maps: unknown[] = []
  const telling: Telling = async ({ machine, disks }) => {
    const laptop = await machine('laptop')
    await laptop.mount(disks.data, '/srv')
    await laptop.idmappedMount('/srv', '/mnt/mapped', mountIdmap('b:1005:101005:1'))
    await laptop.container('desktop', { idmap: box })
    await laptop.root.mkdir('/mnt/mapped/a')
    const desktop = await machine('desktop')
    await desktop.mount(disks.data, '/mnt')
    await desktop.isRefused('EPERM').bind('/mnt', '/mnt/mapped/b')
    await (await desktop.user(1000)).isRefused('EPERM').mkdir('/mnt/mapped/a')
  }
  const result = await stage.run(storyOf(telling), open)
  for (const { trial } of result.checks) maps.push(trial?.maps)
  expect(maps).toEqual([{}, {}])
})

test('a machine that cannot be had is an ERROR', async () => {
  const { open } = inOrder([machine()])
  const result = await stage.run(storyOf(carriedOver), open)
  expect(result).toMatchObject({ outcome: 'ERROR', reason: 'there are no more machines' })
})

test('a machine that comes up only after the run was interrupted is ended at once', async () => {
  const late = machine()
  const interruption = new AbortController()
  let comeUp: () => void = () => {}
  const up = new Promise<void>(resolve => {
    comeUp = resolve
  })
  const { open, specs } = inOrder([machine(), late])
  const slowly = async (spec: GuestSpec): Promise<FakeGuest> => {
    if (specs.length === 1) {
      interruption.abort()
      await up
    }
    return open(spec)
  }
  const result = await stage.run(storyOf(carriedOver), slowly, { signal: interruption.signal })
  expect(result).toMatchObject({ outcome: 'ERROR', code: 'INTERRUPTED' })
  comeUp()
  await vi.waitFor(() => expect(late.disposed).toBe(1))
})

test('a story that goes back to a machine is wrong: it was switched off', async () => {
  const { open } = inOrder([machine(), machine()])
  const story = storyOf(async ({ machine }) => {
    for (const name of ['laptop', 'desktop', 'laptop']) await machine(name)
  })
  const result = await stage.run(story, open)
  expect(result).toMatchObject({
    outcome: 'ERROR',
    reason: 'the machine laptop was switched off: machines follow one another',
  })
})
