import { expect, test } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { parseProcessStatus, readProcessStatus } from '../../../lib/kernel/process-status.ts'

test('ids, groups and capabilities are read as the kernel writes them', () => {
  const text =
    'Name:\tnode: a\nUid:\t1000\t0\t2\t3\nGid:\t5\t6\t7\t8\nGroups:\t24 1000 \nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000002000\nCapBnd:\t0\nCapAmb:\t0\n'
  expect(parseProcessStatus(text)).toEqual({
    name: 'node: a',
    uid: { real: 1000, effective: 0, saved: 2, filesystem: 3 },
    gid: { real: 5, effective: 6, saved: 7, filesystem: 8 },
    groups: [24, 1000],
    capabilities: { inheritable: 0n, permitted: 0x1ffffffffffn, effective: 0x2000n, bounding: 0n, ambient: 0n },
  })
})

test('this process is who Node says it is', () => {
  const { uid, gid } = readProcessStatus(here(), process.pid)
  expect([uid.real, uid.effective, gid.real, gid.effective]).toEqual([
    process.getuid?.(),
    process.geteuid?.(),
    process.getgid?.(),
    process.getegid?.(),
  ])
})
