import fs from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { parseMountinfo, readMountinfo } from '../../../lib/kernel/mountinfo.ts'

test('a line is read field by field, however many optional fields it has', () => {
  const [plain, shared] = parseMountinfo(
    [
      '36 35 98:0 /mnt1 /mnt2 rw,noatime,idmapped - ext3 /dev/root rw,errors=continue',
      '40 28 0:35 / /a\\040b\\134c rw shared:1 master:2 propagate_from:3 - fuse.sshfs me@host:/x rw,user_id=0',
      '',
    ].join('\n'),
  )
  expect(plain).toEqual({
    mountId: 36,
    parentId: 35,
    device: '98:0',
    root: '/mnt1',
    mountPoint: '/mnt2',
    options: ['rw', 'noatime', 'idmapped'],
    type: 'ext3',
    source: '/dev/root',
    superOptions: ['rw', 'errors=continue'],
    idmapped: true,
  })
  expect(shared).toMatchObject({ mountPoint: '/a b\\c', type: 'fuse.sshfs', idmapped: false })
})

test('a mount point called "-" is no separator', () => {
  expect(parseMountinfo('1 2 0:3 / - rw - tmpfs - rw')[0]).toMatchObject({
    mountPoint: '-',
    type: 'tmpfs',
    source: '-',
  })
})

test('whatever else it is given, it gives what lines there are and never throws', () => {
  fc.assert(fc.property(fc.string(), text => void parseMountinfo(text)))
})

test('every line of this machine’s own is read', () => {
  const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')
  const entries = readMountinfo(here(), 'self')
  expect(entries.map(({ mountId }) => mountId)).toEqual(lines.map(line => Number(line.split(' ')[0])))
  expect(entries.some(({ mountPoint }) => mountPoint === '/proc')).toBe(true)
})
