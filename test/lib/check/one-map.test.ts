import { describe, expect, test } from 'vitest'
import { checkOne } from '../../../lib/check/one-map.ts'
import { container, subject, unprivileged } from './subject.ts'

const rules = (...findings: ReturnType<typeof checkOne>) => findings.map(({ rule, severity }) => `${severity} ${rule}`)

test('a sound container has nothing to be told', () => {
  expect(checkOne(container('b 0 100000 65536'), {})).toEqual([])
})

test('what can’t be read is told at its line and column, and so is what is wrong with the numbers', () => {
  const findings = checkOne(container('b 0 100000 65536\nu 5 x 1\nu 5 200000 1\nu 70000 1 0'), {})
  expect(findings).toEqual([
    expect.objectContaining({ rule: 'IDMAP_SYNTAX', where: [{ name: 'a.conf', line: 2, column: 5 }] }),
    expect.objectContaining({ rule: 'IDMAP_EMPTY_EXTENT', where: [{ name: 'a.conf', line: 4, column: 1 }] }),
    expect.objectContaining({
      rule: 'IDMAP_OVERLAP',
      where: [
        { name: 'a.conf', line: 3, column: 1 },
        { name: 'a.conf', line: 1, column: 1 },
      ],
    }),
  ])
})

test.each([
  ['u 0 100000 65536', 'gid', 'groups'],
  ['g 0 100000 65536', 'uid', 'users'],
])('a container with %s alone starts, so its missing half is a warning', (text, half, fix) => {
  expect(checkOne(container(text), {})).toEqual([
    expect.objectContaining({
      rule: 'IDMAP_MISSING_HALF',
      severity: 'warning',
      message: expect.stringMatching(`^${half}: nothing is mapped`),
      fix: `add the same ranges for ${fix}`,
    }),
  ])
})

test('a mount without its groups is refused', () => {
  expect(rules(...checkOne(subject('mount', 'util-linux', 'X-mount.idmap=u:0:100000:1'), {}))).toEqual([
    'error IDMAP_MISSING_HALF',
  ])
})

test('a kernel before 4.15 takes five extents', () => {
  const six = Array.from({ length: 6 }, (_, index) => `b ${index * 10} ${1000 + index * 20} 1`).join('\n')
  expect(rules(...checkOne(container(six), { kernel: { major: 4, minor: 14 } }))).toEqual([
    'error IDMAP_TOO_MANY_EXTENTS',
    'error IDMAP_TOO_MANY_EXTENTS',
  ])
  expect(checkOne(container(six), { kernel: { major: 4, minor: 15 } })).toEqual([])
})

test('an extent of a nested container must be within one extent of its parent', () => {
  const parent = [
    { from: 0, to: 100_000, count: 1000 },
    { from: 1000, to: 101_000, count: 1000 },
  ]
  const found = checkOne(container('b 0 500 1000'), { parent: { uid: parent, gid: parent } })
  expect(rules(...found)).toEqual(['error IDMAP_OUTSIDE_PARENT', 'error IDMAP_OUTSIDE_PARENT'])
})

test.each([
  ['container', 'lxc', 'b 100000 0 65536', ['warning SWAPPED_COLUMNS', 'warning SWAPPED_COLUMNS']],
  ['mount', 'util-linux', 'X-mount.idmap=b:100000:0:65536', ['warning SWAPPED_COLUMNS', 'warning SWAPPED_COLUMNS']],
  ['mount', 'util-linux', 'X-mount.idmap=b:1000:0:1', []],
  ['container', 'lxc', 'b 1 100001 1000', ['warning ROOT', 'warning ROOT']],
  ['container', 'lxc', 'b 0 0 65536', ['warning ROOT', 'warning ROOT']],
] as const)('a %s of %s, %s, is taken by the kernel and told to be odd', (role, dialect, text, told) => {
  expect(rules(...checkOne(subject(role, dialect, text), {}))).toEqual(told)
})

describe('exceptions of a mount point', () => {
  const exceptions = (text: string) => subject('exceptions', 'proxmox', text, { container: unprivileged })

  test('sound ones have nothing to be told', () => {
    expect(checkOne(exceptions('u:1005:1005:1;g:1005:1005:1'), {})).toEqual([])
  })

  test('those that collide on the disk with what is inherited are told with who asked for what', () => {
    expect(checkOne(exceptions('u:1005:100007:1'), {})).toEqual([
      expect.objectContaining({
        rule: 'IDMAP_OVERLAP',
        message: expect.stringContaining('disk id 100007 is wanted twice'),
      }),
    ])
  })

  test('what the container does not have is a warning at its line, even when only a part of the entry is lost', () => {
    expect(checkOne(exceptions('g:1:1:1;u:65530:5:10'), {})).toEqual([
      expect.objectContaining({
        rule: 'IDMAP_EXCEPTION_OUTSIDE_CONTAINER',
        severity: 'warning',
        where: [{ name: 'a.conf', line: 1, column: 9 }],
      }),
    ])
  })

  test('without their container only their own numbers are looked at', () => {
    const alone = (text: string) => rules(...checkOne(subject('exceptions', 'proxmox', text), {}))
    expect(alone('u:1005:100007:1')).toEqual([])
    expect(alone('u:1005:5:1;u:1006:5:1')).toEqual(['error IDMAP_OVERLAP'])
  })

  test('5.10 has no idmapped mounts to put them into', () => {
    const found = checkOne(exceptions('u:1005:1005:1;g:1005:1005:1'), { kernel: { major: 5, minor: 10 } })
    expect(rules(...found)).toEqual(['error IDMAP_NO_IDMAPPED_MOUNTS'])
  })
})

describe('the file system of a mount', () => {
  const on = (filesystem: string, kernel?: { major: number; minor: number }) =>
    checkOne(subject('mount', 'util-linux', 'X-mount.idmap=b:0:100000:65536', { filesystem }), kernel ? { kernel } : {})

  test.each([
    ['tmpfs', { major: 6, minor: 3 }],
    ['ext4', { major: 5, minor: 12 }],
    ['overlayfs', { major: 7, minor: 3 }],
    ['bcachefs', { major: 6, minor: 17 }],
    ['tmpfs', undefined],
  ])('%s on %j can be idmapped', (filesystem, kernel) => {
    expect(on(filesystem, kernel)).toEqual([])
  })

  test.each([
    ['tmpfs', { major: 6, minor: 2 }, 'Linux 6.2 has no idmapped mounts of tmpfs (EINVAL); they came with 6.3'],
    ['bcachefs', { major: 6, minor: 18 }, 'Linux 6.18 no longer has bcachefs'],
    ['proc', undefined, 'mounts of proc can’t be idmapped (EINVAL) on any kernel up to 7.3'],
    ['nopefs', undefined, 'nothing is known of idmapped mounts of nopefs'],
  ])('%s on %j can not', (filesystem, kernel, message) => {
    expect(on(filesystem, kernel)).toEqual([
      expect.objectContaining({
        rule: 'FILESYSTEM_NOT_IDMAPPABLE',
        severity: filesystem === 'nopefs' ? 'warning' : 'error',
        message: message.replace('’', "'"),
        fix: expect.any(String),
      }),
    ])
  })

  test('an overlay is told to take idmapped layers instead', () => {
    expect(on('overlay', { major: 6, minor: 12 })[0]?.fix).toContain('as its layers')
  })

  test('does not matter for a container', () => {
    expect(checkOne({ ...container('b 0 100000 65536'), filesystem: 'proc' }, {})).toEqual([])
  })
})
