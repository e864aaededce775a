import { afterEach, beforeEach, expect, test } from 'vitest'
import { ext4 } from '../../scenarios/kit/language.ts'
import type { Need } from '../../scenarios/kit/story.ts'
import { type Answers, base64, FakeGuest, refused } from './fake-guest.ts'
import { Stage, storyOf, type Telling } from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage.close())

const claims: Telling = async ({ is }) => is('one and one', '2', '2')
const run = (needs: readonly Need[], answers: Answers, release = '6.12.107+deb13-cloud-amd64') =>
  stage.run(storyOf(claims, { needs }), new FakeGuest(answers, undefined, release))

const refuses = (errno: 'EINVAL' | 'ENOSYS', syscall: string) => () => {
  throw refused(errno, syscall)
}

test('what is needed and there is reported beside what the table says', async () => {
  const result = await run([{ idmappedMountsOn: 'data' }, { feature: 'statmount' }], {
    'probe.feature': () => ({ state: 'yes' }),
  })
  expect(result.outcome).toBe('PASS')
  expect(result.needs).toMatchObject([
    { need: 'idmapped mounts on ext4', found: true, table: 'since 5.12', standing: 'agrees' },
    { need: 'statmount(2)', found: true, table: 'since 6.8', standing: 'agrees' },
  ])
})

test('a kernel that lost what kernels of its version have is a FAIL, with the table’s source', async () => {
  const result = await run([{ idmappedMountsOn: 'data' }], { 'mount.tryIdmap': refuses('EINVAL', 'mount_setattr') })
  expect(result).toMatchObject({
    outcome: 'FAIL',
    code: 'TABLE_DISAGREES',
    needs: [{ found: false, standing: 'missing' }],
    checks: [],
  })
  expect(result.reason).toMatch(
    /^idmapped mounts on ext4: the table says since 5\.12 \(commit 14f3db5542e6; .*\), and Linux 6\.12\.107\S* does without \(mount_setattr: EINVAL\)/,
  )
})

test.each([
  [
    { overlayOver: 'data' },
    { 'mount.filesystem': ofOverlay },
    'overlayfs over idmapped layers: the table says since 5.19',
  ],
  [{ feature: 'openTreeAttr' }, { 'probe.feature': lacking }, 'open_tree_attr(2): the table says since 6.15'],
  [
    { idmappedMountsOf: 'tmpfs' },
    { 'probe.filesystem': lacking },
    'idmapped mounts on tmpfs: the table says since 6.3',
  ],
] as const)('so is one without %j', async (need, answers, words) => {
  const result = await run([need], answers, '6.18.1')
  expect(result).toMatchObject({ outcome: 'FAIL', code: 'TABLE_DISAGREES', reason: expect.stringContaining(words) })
})

function lacking() {
  return { state: 'no', errno: 'EINVAL', why: 'it does not' } as const
}

function ofOverlay({ type }: { type: string }): null {
  if (type === 'overlay') throw refused('EINVAL', 'mount')
  return null
}

test('a kernel that has it earlier took it over: the story is told, and the result says so', async () => {
  const yes = { state: 'yes' } as const
  const result = await run([{ idmappedMountsOf: 'tmpfs' }], { 'probe.filesystem': () => yes }, '5.14.0-503.el9.x86_64')
  expect(result).toMatchObject({ outcome: 'PASS', needs: [{ found: true, table: 'since 6.3', standing: 'earlier' }] })
})

test('what a configuration or a setting takes away is a SKIP on any version', async () => {
  const why = 'kernel.unprivileged_userns_clone is 0'
  const result = await run([{ feature: 'unprivilegedUserNamespaces' }], {
    'probe.feature': () => ({ state: 'no', errno: 'EPERM', why }),
  })
  expect(result).toMatchObject({
    outcome: 'SKIP',
    code: 'FEATURE_MISSING',
    reason: `this kernel has no user namespaces, for ordinary users (EPERM: ${why})`,
    needs: [{ found: false }],
  })
  expect(result.needs?.[0]).not.toHaveProperty('standing')
})

test('a file system the kernel was built without is a SKIP, whatever the table says', async () => {
  const guest = { 'file.read': () => base64('nodev\ttmpfs\n\text4\n') }
  expect(await run([{ idmappedMountsOf: 'overlay' }], guest, '7.3.4')).toMatchObject({
    outcome: 'SKIP',
    reason: 'this kernel has no overlay (neither built in nor as a module)',
  })
})

test.each([
  [{ aclsOn: 'data' }, 'system.posix_acl_access', 'POSIX ACLs on ext4'],
  [{ fileCapabilitiesOn: 'data' }, 'security.capability', 'file capabilities on ext4'],
] as const)('%j is asked of the disk’s file system itself', async (need, name, what) => {
  const guest = new FakeGuest({ 'probe.xattr': () => ({ state: 'no', errno: 'EOPNOTSUPP', why: 'none' }) })
  const result = await stage.run(storyOf(claims, { needs: [need] }), guest)
  expect(guest.askedFor('probe.xattr')).toEqual([{ path: '/run/probe-data', name }])
  expect(result).toMatchObject({ outcome: 'SKIP', reason: `this kernel has no ${what} (EOPNOTSUPP: none)` })
})

test('what cannot be found out is an ERROR: the kernel may have it', async () => {
  const result = await run([{ feature: 'replaceIdmap' }], {
    'probe.feature': () => ({ state: 'unknown', needs: 'a mounted tmpfs' }),
  })
  expect(result).toMatchObject({
    outcome: 'ERROR',
    code: 'NEED_UNKNOWN',
    reason: expect.stringContaining('it takes a mounted tmpfs'),
  })
})

test('what is missing is the last thing tried, and nothing is told', async () => {
  const guest = new FakeGuest({ 'probe.feature': lacking }, undefined, '6.1.0')
  const untold: Telling = () => Promise.reject(new Error('it was told'))
  const needs = [{ feature: 'openTreeAttr' }, { idmappedMountsOn: 'data' }] as const
  const result = await stage.run(storyOf(untold, { needs, disks: { data: ext4({}) } }), guest)
  expect(result).toMatchObject({ outcome: 'SKIP', needs: [{ need: 'open_tree_attr(2)' }] })
  expect(guest.askedFor('mount.tryIdmap')).toEqual([])
})
