import { expect, test } from 'vitest'
import { againstTable, featureEntry, filesystemEntry } from '../../../../lib/kernel/probe/against-table.ts'
import { no, unknown, yes } from '../../../../lib/kernel/probe/answer.ts'

const ext4 = filesystemEntry('ext4')
const standing = (...args: Parameters<typeof againstTable>) => againstTable(...args)?.standing

test('a probe is held against the table by the line of kernels the release begins with', () => {
  expect(againstTable(yes(), ext4, '6.1.0-50-cloud-amd64')).toEqual({
    table: 'since 5.12',
    source: expect.stringContaining('14f3db5542e6'),
    standing: 'agrees',
  })
  expect(standing(no('it does not', 'EINVAL'), ext4, '5.12.0-rc3')).toBe('missing')
  expect(standing(yes(), ext4, '4.18.0-553.el8')).toBe('earlier')
  expect(againstTable(yes(), filesystemEntry('proc'), '6.1')).toMatchObject({
    table: 'in no kernel',
    standing: 'earlier',
  })
})

test('what was not found out, or not by a kernel with a number, stands nowhere', () => {
  expect(againstTable(unknown('mkfs.ext4'), ext4, '6.1')).toMatchObject({ table: 'since 5.12' })
  expect(standing(unknown('mkfs.ext4'), ext4, '6.1')).toBeUndefined()
  expect(standing(yes(), ext4, 'mine')).toBeUndefined()
})

test('a kernel without the file system was built so, and one nobody listed has no entry', () => {
  expect(againstTable(no('there is none', 'ENODEV'), ext4, '6.1')).toBeUndefined()
  expect(againstTable(yes(), filesystemEntry('madeupfs'), '6.1')).toBeUndefined()
})

test('a fuse mount that takes no map says nothing about the kernel: its server may not want one', () => {
  const fuse = filesystemEntry('fuse')
  expect(standing(no('it does not', 'EINVAL'), fuse, '6.12')).toBeUndefined()
  expect(standing(yes(), fuse, '6.12')).toBe('agrees')
})

test('only features that come with a version have an entry', () => {
  expect(featureEntry('openTreeAttr')).toMatchObject({
    since: { major: 6, minor: 15 },
    source: 'the man page’s HISTORY',
  })
  expect(featureEntry('unprivilegedUserNamespaces')).toBeUndefined()
  expect(featureEntry('statmountMaps')).toBeUndefined()
})
