import { afterEach, beforeEach, expect, test } from 'vitest'
import { ext4, file, lxcIdmap } from '../../scenarios/kit/language.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { runDebugfs } from '../../vm/image/raw/debugfs.ts'
import { type Answers, base64, FakeGuest, owners, refused } from './fake-guest.ts'
import { Stage, storyOf, type Telling } from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(async () => {
  expect(stage.leftovers()).toEqual([])
  await stage.close()
})

const claims: Telling = async ({ host, disks }) => {
  await host.mount(disks.data, '/srv')
  await host.root.create('/srv/a')
  disks.data.holds('shared/of-0', 'made of snow\n')
}
const died = new HarnessError('QEMU_DIED', 'QEMU was killed by SIGKILL.', { details: ['the last console lines:'] })

const withoutIdmaps: Answers = {
  'mount.tryIdmap': () => {
    throw refused('ENOSYS', 'mount_setattr')
  },
}

test('a kernel without idmapped mounts is a SKIP that says so; the story is not told', async () => {
  const guest = new FakeGuest(withoutIdmaps, undefined, '5.10.0-32-fake')
  const result = await stage.run(storyOf(claims), guest)
  expect(result).toMatchObject({
    outcome: 'SKIP',
    code: 'FEATURE_MISSING',
    reason: 'this kernel has no idmapped mounts on ext4 (mount_setattr: ENOSYS)',
    needs: [{ need: 'idmapped mounts on ext4', found: false, table: 'since 5.12', standing: 'agrees' }],
    rows: [],
    checks: [],
    kernel: '5.10.0-32-fake',
  })
  expect(guest.askedFor('file.create')).toEqual([])
  expect(guest.askedFor('mount.unmount')).toEqual([{ target: '/run/probe-data' }])
  expect(guest.disposed).toBeGreaterThan(0)
})

test.each([
  ['of a disk', [], '\ttmpfs\n\tvfat\n', 'ext4'],
  ['it needs besides', [{ overlayOver: 'data' }], 'nodev\ttmpfs\n\text4\n', 'overlay'],
] as const)('a kernel without a file system %s is a SKIP that names it', async (_, needs, known, missing) => {
  const guest = new FakeGuest({ 'file.read': () => base64(known) })
  expect(await stage.run(storyOf(claims, { needs }), guest)).toMatchObject({
    outcome: 'SKIP',
    reason: `this kernel has no ${missing} (neither built in nor as a module)`,
  })
})

test('a guest that dies in the middle of the story is an ERROR, with what there is to see', async () => {
  const guest = new FakeGuest({ 'file.create': () => Promise.reject(died) })
  expect(await stage.run(storyOf(claims), guest)).toMatchObject({
    outcome: 'ERROR',
    reason: 'QEMU was killed by SIGKILL.',
    details: ['the last console lines:'],
    rows: [],
    checks: [],
  })
  expect(guest.disposed).toBeGreaterThan(0)
})

test('a guest that dies while something is to be refused is an ERROR too', async () => {
  const story = storyOf(async ({ host }) => host.root.isRefused('EPERM').create('/a'))
  const guest = new FakeGuest({ 'file.create': () => Promise.reject(died) })
  expect(await stage.run(story, guest)).toMatchObject({ outcome: 'ERROR', reason: died.message })
})

test('a guest that dies while it runs a command is an ERROR with the same reason and details', async () => {
  const story = storyOf(async ({ host }) => void (await host.root.$`true`))
  const guest = new FakeGuest({ 'process.run': () => Promise.reject(died) })
  expect(await stage.run(story, guest)).toMatchObject({
    outcome: 'ERROR',
    reason: died.message,
    details: died.details,
  })
})

test('a guest that dies while it is asked what it can do is an ERROR, not a SKIP', async () => {
  const guest = new FakeGuest({ 'mount.tryIdmap': () => Promise.reject(died) })
  expect(await stage.run(storyOf(claims), guest)).toMatchObject({ outcome: 'ERROR', reason: died.message })
})

test('a guest that never came up is an ERROR', async () => {
  const result = await stage.run(storyOf(claims), () => Promise.reject(died))
  expect(result).toMatchObject({ outcome: 'ERROR', reason: died.message, kernel: '6.12.1' })
  expect(result.accelerator).toBeUndefined()
})

test('a guest that does not let go of a disk is an ERROR: what the disk says is not final', async () => {
  const answers: Answers = {
    'disk.released': () => {
      throw refused('EBUSY', 'openat', '/dev/vdb')
    },
  }
  expect(await stage.run(storyOf(claims), new FakeGuest(answers))).toMatchObject({
    outcome: 'ERROR',
    reason: 'openat(/dev/vdb) was refused with EBUSY',
  })
})

test('an image whose journal is still to be replayed is an ERROR, not a judgement', async () => {
  const result = await stage.run(storyOf(claims), async ({ disks: [disk] }) => {
    const tear = () => runDebugfs(disk?.image ?? '', ['feature needs_recovery'], { write: true })
    return new FakeGuest({ 'file.stat': owners({}) }, tear)
  })
  expect(result).toMatchObject({ outcome: 'ERROR', reason: expect.stringContaining('was not let go by the guest') })
})

test('a story that claims nothing proves nothing: an ERROR, not a PASS', async () => {
  const story = storyOf(async ({ host, disks }) => host.mount(disks.data, '/srv'))
  expect(await stage.run(story, new FakeGuest())).toMatchObject({
    outcome: 'ERROR',
    reason: 'The story claimed nothing, so it proves nothing.',
  })
})

test('a story that is wrong in itself is an ERROR that shows where', async () => {
  const story = storyOf(async ({ host }) => {
    const container = await host.container('box', { idmap: lxcIdmap('b 0 100000 65536') })
    await container.sees('/nowhere  disk  host  container\na  0:0  0:0  0:0')
  })
  const result = await stage.run(story, new FakeGuest({ 'file.stat': owners({}) }))
  expect(result).toMatchObject({ outcome: 'ERROR', reason: "/nowhere/a is on none of the story's disks" })
  expect(result.details.join('\n')).toContain('places.ts')
})

test('a disk that cannot be made is an ERROR, and no guest is started', async () => {
  const disks = { data: ext4({ '../a': file() }) }
  const boot = () => Promise.reject(new Error('a guest was started'))
  const result = await stage.run(storyOf(claims, { disks }), boot)
  expect(result).toMatchObject({ outcome: 'ERROR', reason: expect.stringContaining('"../a" cannot be a path') })
})

test.each([
  ['an error', new Error('no room'), 'no room'],
  ['something that is no error', 'no room', 'no room'],
])('whatever goes wrong around it, even %s, the run has a result', async (_, thrown, reason) => {
  expect(await stage.run(storyOf(claims), () => Promise.reject(thrown))).toMatchObject({ outcome: 'ERROR', reason })
})

test('a claim nobody awaited is an ERROR that says so', async () => {
  const story = storyOf(async ({ host }) => {
    void host.root.create('/forgotten')
  })
  let answer = () => {}
  const slow = new Promise<null>(resolve => {
    answer = () => resolve(null)
  })
  const result = await stage.run(story, new FakeGuest({ 'file.create': () => slow }))
  answer()
  expect(result).toMatchObject({ outcome: 'ERROR', reason: expect.stringContaining('an await is missing') })
})
