import fs from 'node:fs'
import { expect, test } from 'vitest'
import { setprivArguments } from '../../../vm/qemu/privileges.ts'
import { startQemu } from '../../../vm/qemu/process.ts'

const DAC_READ_SEARCH = 1n << 2n

function status(pid: number, field: string): string {
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
}

test('who may drop capabilities drops all but one, anybody gives up gaining any', () => {
  expect(setprivArguments(0x1ffffffffffn)).toEqual([
    '--bounding-set=-all,+dac_read_search',
    '--inh-caps=-all',
    '--no-new-privs',
  ])
  expect(setprivArguments(0n)).toEqual(['--no-new-privs'])
  expect(setprivArguments(0x1ffffffffffn & ~(1n << 8n))).toEqual(['--no-new-privs'])
})

test('a running QEMU has no capability but to read files, can gain none, and is in its sandbox', async () => {
  const sandbox = ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny']
  const qemu = startQemu([
    '-machine',
    'none',
    '-nodefaults',
    '-display',
    'none',
    '-S',
    '-serial',
    'none',
    ...sandbox,
    '-chardev',
    'socket,id=qmp,fd=5',
    '-mon',
    'chardev=qmp,mode=control',
  ])
  try {
    await qemu.qmp.execute('query-status')
    for (const set of ['CapEff', 'CapPrm', 'CapBnd'])
      if (process.getuid?.() === 0 || set !== 'CapBnd')
        expect(BigInt(`0x${status(qemu.pid, set)}`) & ~DAC_READ_SEARCH, set).toBe(0n)
    expect(status(qemu.pid, 'NoNewPrivs')).toBe('1')
    expect(status(qemu.pid, 'Seccomp')).toBe('2')
  } finally {
    await qemu.kill()
  }
})
