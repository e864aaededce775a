import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeGuest, refused } from './fake-guest.ts'
import { Stage, storyOf } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

const story = storyOf(async ({ host }) => void (await host.root.isRefused('EPERM').mkdir('/x')), {
  needs: [{ controlGroups: 'cgroup2' }],
})

test.each([
  ['ENOENT', 'SKIP', 'this kernel has no control groups to put a container into (cgroup2 is not at /sys/fs/cgroup)'],
  ['EIO', 'ERROR', expect.stringContaining('EIO')],
] as const)('a guest whose control groups are asked for and answers %s is a %s', async (errno, outcome, reason) => {
  const guest = new FakeGuest({
    'file.stat': ({ path }) => {
      throw refused(errno, 'statx', path)
    },
  })
  expect(await stage.run(story, guest)).toMatchObject({ outcome, reason })
})

test('where there are control groups the story is told', async () => {
  const guest = new FakeGuest({
    'file.stat': () => ({ type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0 }),
    'file.mkdir': ({ path }) => {
      throw refused('EPERM', 'mkdirat', path)
    },
  })
  expect(await stage.run(story, guest)).toMatchObject({ outcome: 'PASS' })
})
