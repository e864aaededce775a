import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lxcIdmap, mountMap, proxmoxIdmap } from '../../scenarios/kit/language.ts'
import { failures } from '../../scenarios/kit/result.ts'
import type { GuestSpec } from '../../vm/guest/guest.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { type Answers, FakeGuest, owners, refused } from './fake-guest.ts'
import { Stage, storyOf, type Telling } from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

const box = lxcIdmap('b 0 100000 65536')
const map = mountMap({ container: box, disk: proxmoxIdmap('u:1005:1005:1 g:1005:1005:1') })

const tell: Telling = async ({ host, disks, chapter }) => {
  await host.mount(disks.data, '/srv')
  chapter('An idmapped mount')
  await host.idmappedMount('/srv/shared', '/mapped', map)
  const container = await host.container('box', { idmap: box })
  await container.root.isRefused('EPERM').chown('/mapped/of-0', 5, 5)
  await container.sees(`
    /mapped  disk       host           container
    .     1005:1005  101005:101005  1005:1005
    of-0  0:0        65534:65534    65534:65534
  `)
  disks.data.holds('shared/of-0', 'made of snow\n')
}

const rightOwners = {
  '0 /mapped': '101005:101005',
  '1 /mapped': '1005:1005',
  '0 /mapped/of-0': '65534:65534',
  '1 /mapped/of-0': '65534:65534',
}
const answers: Answers = {
  'file.stat': owners(rightOwners),
  'file.chown': () => {
    throw refused('EPERM', 'fchownat', '/mapped/of-0')
  },
}

test('a story all of which is so is a PASS, with every row and check, the disk read from the raw image', async () => {
  const guest = new FakeGuest(answers)
  const result = await stage.run(storyOf(tell), guest)
  expect(result).toMatchObject({
    scenario: 'a-story',
    outcome: 'PASS',
    kernel: '6.12.1-fake',
    accelerator: 'tcg',
    repeat: `npx idmaplab run a-story --kernel 6.12 --seed ${guest.seed}`,
    seed: guest.seed,
  })
  expect(result.rows.map(row => [row.path, row.disk.found, row.host.found, row.container.found])).toEqual([
    ['/mapped', '1005:1005', '101005:101005', '1005:1005'],
    ['/mapped/of-0', '0:0', '65534:65534', '65534:65534'],
  ])
  expect(result.checks.map(({ claim, outcome }) => `${claim} ${outcome}`)).toEqual([
    'box root is refused chown /mapped/of-0 to 5:5 PASS',
    'data: the raw bytes of shared/of-0 PASS',
  ])
  expect(failures(result)).toEqual([])
})

test('a wrong owner in one column is a FAIL that names path, column and both owners', async () => {
  const swapped = owners({ ...rightOwners, '1 /mapped/of-0': '0:0' })
  const result = await stage.run(storyOf(tell), new FakeGuest({ ...answers, 'file.stat': swapped }))
  expect(result.outcome).toBe('FAIL')
  expect(failures(result)).toEqual(['/mapped/of-0: container: expected 65534:65534 found 0:0'])
})

test('a path that is not there, or may not be looked at, shows the errno in its column', async () => {
  const { '0 /mapped': _, ...without } = rightOwners
  const result = await stage.run(storyOf(tell), new FakeGuest({ ...answers, 'file.stat': owners(without) }))
  expect(failures(result)).toEqual(['/mapped: host: expected 101005:101005 found ENOENT'])
})

test('a wrong owner in the raw image is a FAIL, whatever the guest said', async () => {
  const result = await stage.run(storyOf(tell), new FakeGuest(answers), { sabotage: 'wrong-owner-on-disk' })
  expect(result.outcome).toBe('FAIL')
  expect(failures(result)).toEqual([
    '/mapped: disk: expected 1005:1005 found 4242:1005',
    '/mapped/of-0: disk: expected 0:0 found 4242:0',
  ])
  expect(result.repeat).toMatch(/^npx idmaplab run a-story --kernel 6\.12 --break wrong-owner-on-disk --seed 4711$/)
})

test('wrong bytes in the raw image are a FAIL', async () => {
  const result = await stage.run(storyOf(tell), new FakeGuest(answers), { sabotage: 'wrong-bytes-on-disk' })
  expect(failures(result)).toEqual([
    'data: the raw bytes of shared/of-0: expected "made of snow\\n" found "made of rain\\n"',
  ])
})

test('an operation that was to be refused and is not is a FAIL', async () => {
  const { 'file.chown': _, ...lenient } = answers
  const result = await stage.run(storyOf(tell), new FakeGuest(lenient))
  expect(failures(result)).toEqual(['box root is refused chown /mapped/of-0 to 5:5: expected EPERM found success'])
})

test('a mount the kernel refuses is a FAIL, and the rest of the story is told all the same', async () => {
  const refusing: Answers = {
    ...answers,
    'mount.idmapped': () => {
      throw refused('EINVAL', 'mount_setattr')
    },
  }
  const result = await stage.run(storyOf(tell), new FakeGuest(refusing))
  expect(result.outcome).toBe('FAIL')
  expect(result.rows).toHaveLength(2)
  expect(failures(result)).toEqual([
    'host root: idmapped mount of /srv/shared at /mapped: expected success found EINVAL',
  ])
})

test('a refusal the story did not reckon with ends its telling as a FAIL, not as an ERROR', async () => {
  const story = storyOf(async ({ host }) => {
    await host.root.stat('/absent')
  })
  const result = await stage.run(story, new FakeGuest({ 'file.stat': owners({}) }))
  expect(result.outcome).toBe('FAIL')
  expect(failures(result)).toEqual(['host root: statx(/absent): expected success found ENOENT'])
})

test('the guest gets the disks by name, and lets go of everything in the end: actors, mounts, disks', async () => {
  let spec: GuestSpec | undefined
  const guest = new FakeGuest(answers)
  await stage.run(storyOf(tell), async given => {
    spec = given
    return guest
  })
  expect(spec).toMatchObject({
    accelerator: 'auto',
    disks: [{ serial: 'data', image: expect.stringMatching(/^\/.*data\.img$/), readOnly: false }],
    logFile: path.join(stage.logs, 'a-story', 'console.log'),
  })
  expect(guest.asked.slice(-5)).toEqual([
    { method: 'actor.end', params: { actor: 1 } },
    { method: 'process.endAll', params: { limitMs: expect.any(Number) } },
    { method: 'mount.unmount', params: { target: '/mapped' } },
    { method: 'mount.unmount', params: { target: '/srv' } },
    { method: 'disk.released', params: { serial: 'data', limitMs: expect.any(Number) } },
  ])
  expect(guest.disposed).toBeGreaterThan(0)
})

test('nothing is left of a case that passed, unless it is to be kept', async () => {
  await stage.run(storyOf(tell), new FakeGuest(answers))
  expect(stage.kept()).toEqual([])
  const { artifacts } = await stage.run(storyOf(tell), new FakeGuest(answers), { keepArtifacts: true })
  expect(artifacts).toBe(path.join(stage.logs, 'a-story'))
  expect(stage.kept()).toContain('a-story/data.img')
})

test('of a case that failed everything is left: images, result, QEMU’s command line, the kernel’s log, the command that repeats it', async () => {
  const wrong: Answers = {
    ...answers,
    'file.chown': () => null,
    'process.run': (_params, onOutput) => {
      onOutput('stdout', Buffer.from('[    0.000000] Linux \x1b[31mversion\n'))
      return { code: 0, signal: null }
    },
  }
  const result = await stage.run(storyOf(tell), new FakeGuest(wrong), { timeout: 77 })
  expect(result).toMatchObject({ outcome: 'FAIL', code: 'EXPECTATION', artifacts: path.join(stage.logs, 'a-story') })
  expect(stage.kept()).toEqual(
    ['data.img', 'dmesg.txt', 'qemu-command.txt', 'qmp.log', 'repeat.sh', 'result.json'].map(name => `a-story/${name}`),
  )
  const left = (name: string) => fs.readFileSync(path.join(stage.logs, 'a-story', name), 'utf8')
  expect(left('dmesg.txt')).toBe('[    0.000000] Linux \\x1b[31mversion\n')
  expect(left('qemu-command.txt')).toBe('qemu-system-x86_64 -version\n')
  expect(left('repeat.sh')).toMatch(/^#!\/bin\/sh\ncd \S+\/ && exec npx idmaplab run a-story --kernel 6\.12 --seed /)
  expect(left('repeat.sh')).toContain(` --seed ${result.seed} --timeout 77\n`)
  expect(JSON.parse(left('result.json'))).toMatchObject({ outcome: 'FAIL', failures: failures(result) })
})

test('a case that cannot leave everything says so, and keeps its verdict', async () => {
  const boot = async () => {
    fs.mkdirSync(path.join(stage.logs, 'a-story', 'result.json'))
    return new FakeGuest({ ...answers, 'file.chown': () => null })
  }
  const result = await stage.run(storyOf(tell), boot)
  expect(result.outcome).toBe('FAIL')
  expect(result.details).toEqual([expect.stringMatching(/^not everything could be left in .*EISDIR/)])
})

const oops = new KernelTrouble("The guest's kernel is in trouble (oops): Oops: 0002 [#1] SMP.", {
  kind: 'oops',
  trace: ['Oops: 0002 [#1] SMP', 'RIP: 0010:make_vfsuid+0x1/0x2'],
  details: ['console log: /log'],
})

test('a kernel that gets into trouble is a FAIL with the kind and the trace, and what was claimed before is kept', async () => {
  const result = await stage.run(
    storyOf(tell),
    new FakeGuest({ ...answers, 'file.stat': () => Promise.reject(oops), 'process.run': () => Promise.reject(oops) }),
  )
  expect(result).toMatchObject({
    outcome: 'FAIL',
    code: 'KERNEL_TROUBLE',
    reason: oops.message,
    crash: { kind: 'oops', trace: oops.trace },
    details: oops.details,
    rows: [],
  })
  expect(result.checks).toHaveLength(1)
  expect(fs.readFileSync(path.join(stage.logs, 'a-story', 'trace.txt'), 'utf8')).toBe(`${oops.trace.join('\n')}\n`)
})

test('trouble told of in the last moment is a FAIL with every row there is', async () => {
  const guest = new FakeGuest(answers, () => Promise.reject(oops))
  const result = await stage.run(storyOf(tell), guest)
  expect(result).toMatchObject({ outcome: 'FAIL', code: 'KERNEL_TROUBLE', crash: { kind: 'oops' } })
  expect(result.rows.map(({ outcome }) => outcome)).toEqual(['PASS', 'PASS'])
})

test('a story that takes too long is an ERROR that says what was done last, and its guest goes', async () => {
  const guest = new FakeGuest({ ...answers, 'file.stat': () => new Promise(() => {}) })
  const result = await stage.run(storyOf(tell), guest, { timeout: 0.05 })
  expect(result).toMatchObject({ outcome: 'ERROR', code: 'CASE_TIMEOUT' })
  expect(result.reason).toMatch(
    /did not end within [\d.]+ s; the last thing asked of the guest was: file\.stat \/mapped/,
  )
  expect(guest.disposed).toBeGreaterThan(0)
})

test('a run that is interrupted ends the case that is being told, as INTERRUPTED', async () => {
  const interruption = new AbortController()
  const guest = new FakeGuest({
    ...answers,
    'file.stat': () => {
      interruption.abort()
      return new Promise(() => {})
    },
  })
  const result = await stage.run(storyOf(tell), guest, { signal: interruption.signal })
  expect(result).toMatchObject({ outcome: 'ERROR', code: 'INTERRUPTED' })
  expect(guest.disposed).toBeGreaterThan(0)
})

test('a full disk is an ERROR of its own, whoever notices; a full disk of the guest’s is not', async () => {
  const noSpace = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const boot = () => Promise.reject(noSpace)
  expect(await stage.run(storyOf(tell), boot)).toMatchObject({
    outcome: 'ERROR',
    code: 'DISK_FULL',
    reason: expect.stringMatching(/^There is no room for what the case writes in .* MB are free; make room/),
  })
  const story = storyOf(async ({ host }) => host.root.create('/srv/a'))
  const ofGuest = new FakeGuest({
    'file.create': () => {
      throw refused('ENOSPC', 'openat', '/srv/a')
    },
  })
  expect(await stage.run(story, ofGuest)).toMatchObject({ outcome: 'FAIL', code: 'EXPECTATION' })
})

test('the guest of a failed case is left to who adopts it, with its disks unread', async () => {
  const guest = new FakeGuest({ ...answers, 'file.chown': () => null })
  const adopted: unknown[] = []
  const adopt = async (given: unknown, directory: string) => {
    adopted.push(given, directory)
    return 'npx idmaplab shell --attach /socket'
  }
  const result = await stage.run(storyOf(tell), guest, { adopt })
  expect(adopted).toEqual([guest, path.join(stage.logs, 'a-story')])
  expect(guest.disposed).toBe(0)
  expect(guest.askedFor('mount.unmount')).toEqual([{ target: '/run/probe-data' }])
  const [profile] = guest.askedFor('file.create').filter(({ path }) => path === '/run/idmaplab-profile')
  expect(Buffer.from(profile?.contents ?? '', 'base64').toString()).toMatch(/^ {4}box\) nsenter --target=\d+ /m)
  expect(result).toMatchObject({ outcome: 'FAIL', enter: 'npx idmaplab shell --attach /socket' })
  expect(result.rows.map(({ disk }) => disk.found)).toEqual(['not read', 'not read'])
  expect(failures(result)).toEqual(['box root is refused chown /mapped/of-0 to 5:5: expected EPERM found success'])
})

test('a guest that is gone is not offered, which is said', async () => {
  const guest = new FakeGuest({
    ...answers,
    async 'file.chown'() {
      await guest.end()
      throw new HarnessError('QEMU_DIED', 'QEMU was killed by SIGKILL.')
    },
  })
  const adopt = () => Promise.reject(new Error('it was offered'))
  const result = await stage.run(storyOf(tell), guest, { adopt })
  expect(result).toMatchObject({ outcome: 'ERROR', code: 'QEMU_DIED' })
  expect(result).not.toHaveProperty('enter')
  expect(result.details).toContain('no guest is kept: there is none any more that could be entered')
})

test('a case that passes is not offered to who adopts guests', async () => {
  const guest = new FakeGuest(answers)
  const adopt = () => Promise.reject(new Error('it was offered'))
  expect(await stage.run(storyOf(tell), guest, { adopt })).toMatchObject({ outcome: 'PASS' })
  expect(guest.disposed).toBeGreaterThan(0)
})
