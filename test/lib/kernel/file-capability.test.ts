import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { dirSync } from 'tmp-promise'
import { expect, test } from 'vitest'
import { call, here } from '../../../lib/kernel/caller.ts'
import { capabilityNames, formatCapabilities } from '../../../lib/kernel/capabilities.ts'
import {
  decodeFileCapability,
  encodeFileCapability,
  FileCapabilityFormatError,
  readFileCapability,
  writeFileCapability,
} from '../../../lib/kernel/file-capability.ts'
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import { both, noNamespaces, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)
const NET_RAW = 1n << 13n

/** As setcap cap_net_raw+ep and setcap -n 100000 write it: linux/capability.h, by hand. */
const v2 = Buffer.from('0100000200200000000000000000000000000000', 'hex')
const v3 = Buffer.from('0100000300200000000000000000000000000000a0860100', 'hex')

test('versions 1, 2 and 3 are read, the third with its rootid', () => {
  const netRaw = { effective: true, permitted: NET_RAW, inheritable: 0n }
  expect(decodeFileCapability(Buffer.from('010000010020000000000000', 'hex'))).toEqual({ version: 1, ...netRaw })
  expect(decodeFileCapability(v2)).toEqual({ version: 2, ...netRaw })
  expect(decodeFileCapability(v3)).toEqual({ version: 3, ...netRaw, rootid: 100000 })
})

test('capabilities above the 32nd are in the second words', () => {
  const bpf = { version: 2, effective: false, permitted: 1n << 39n, inheritable: 1n << 40n } as const
  expect(encodeFileCapability(bpf).toString('hex')).toBe('0000000200000000000000008000000000010000')
  expect(capabilityNames(bpf.permitted | bpf.inheritable)).toEqual(['cap_bpf', 'cap_checkpoint_restore'])
})

const set = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.boolean(), set, set, fc.nat(4294967294), (effective, permitted, inheritable, rootid) => {
      const capability = { version: 3, effective, permitted, inheritable, rootid } as const
      expect(decodeFileCapability(encodeFileCapability(capability))).toEqual(capability)
    }),
  )
})

test('bytes of no version, or of the wrong length for theirs, are refused', () => {
  const wrong = [
    '',
    '01',
    '0100000400200000000000000000000000000000',
    v2.toString('hex').slice(2),
    `${v3.toString('hex')}00`,
  ]
  for (const hex of wrong)
    expect(() => decodeFileCapability(Buffer.from(hex, 'hex'))).toThrow(FileCapabilityFormatError)
})

test('a set of capabilities is named as briefly as it can be', () => {
  const all = (1n << 41n) - 1n
  expect([0n, all, all & ~(1n << 24n), NET_RAW, 1n << 50n].map(formatCapabilities)).toEqual([
    'none',
    'all',
    'all but cap_sys_resource',
    'cap_net_raw',
    'cap_50',
  ])
})

natively(
  'a capability that counts in a container is its own root’s there, version 3 outside, and unseen in another one',
  () => {
    const directory = dirSync({ unsafeCleanup: true, tmpdir: '/dev/shm' })
    fs.chmodSync(directory.name, 0o755)
    try {
      const file = path.join(directory.name, 'ping')
      fs.writeFileSync(file, '', { mode: 0o755 })
      const capability = { version: 3, effective: true, permitted: NET_RAW, inheritable: 0n, rootid: 100000 } as const
      writeFileCapability(here(), file, capability)
      expect(readFileCapability(here(), file)).toEqual(capability)
      const { rootid, ...asItsOwn } = capability
      expect(readFileCapability(inside(100000), file)).toEqual({ ...asItsOwn, version: 2 })
      expect(readFileCapability(inside(rootid + 1), file)).toBe('unseen')
      expect(readFileCapability(here(), directory.name)).toBeUndefined()
    } finally {
      for (const task of tasks.splice(0)) task.close()
      directory.removeCallback()
    }
  },
)

const tasks: Task[] = []
function inside(firstHostId: number): Task {
  const task = new Task({ flags: CLONE_NEWUSER })
  tasks.push(task)
  writeIdMaps(task.pid, both<'container', 'host'>([0, firstHostId, 1000]))
  call(task, 'setresuid', [0, 0, 0])
  return task
}
