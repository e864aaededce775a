import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { dir as temporaryDirectory } from 'tmp-promise'
import { expect, test, vi } from 'vitest'
import { asOnConsole, followKernelLog } from '../../../vm/native/kernel-log.ts'
import { detectCrash } from '../../../vm/qemu/crash.ts'

test.each([
  [
    '6,1234,5678901,-;EXT4-fs (loop0): mounted\n SUBSYSTEM=block\n DEVICE=b7:0\n',
    '[    5.678901] EXT4-fs (loop0): mounted\n',
  ],
  ['4,2,12345678901234,c;a\\x5cb', '[12345678.901234] a\\b\n'],
  ['6,3,1,-,caller=T42;text; more', '[    0.000001] text; more\n'],
])('a record of the kernel’s log is shown as on a console: %j', (record, shown) => {
  expect(asOnConsole(record)).toBe(shown)
})

test('a warning in the log is trouble as on a console', () => {
  const line = asOnConsole('4,7,22831788554,-;WARNING: CPU: 0 PID: 4711 at fs/namespace.c:1 do_idmap_mount+0x1/0x2\n')
  expect(detectCrash(line?.trim() ?? '')?.kind).toBe('WARNING')
})

test.each([
  ['what a process wrote into the log', '12,9,1,-;BUG: unable to handle everything'],
  ['what systemd says there', '30,9,1,-;systemd[1]: BUG: nothing'],
  ['what is no record', 'BUG: \0'],
])('%s is not the kernel’s', (_what, record) => {
  expect(asOnConsole(record)).toBeUndefined()
})

test('only what comes from now on is passed on, and the rest of it when it is closed', async () => {
  const place = await temporaryDirectory({ unsafeCleanup: true })
  const device = path.join(place.path, 'kmsg')
  execFileSync('mkfifo', [device])
  const kernel = fs.openSync(device, 'r+')
  fs.writeSync(kernel, '6,1,1000000,-;before\n')
  const seen = new PassThrough()
  const log = followKernelLog(seen, device)
  fs.writeSync(kernel, '6,2,2000000,-;first\n')
  await vi.waitFor(() => expect(seen.readableLength).toBeGreaterThan(0))
  fs.writeSync(kernel, '6,3,3000000,-;second\n')
  log?.close()
  fs.closeSync(kernel)
  expect(seen.read().toString()).toBe('[    2.000000] first\n[    3.000000] second\n')
  await place.cleanup()
})

test('a log that may not be read is said to be none', () => {
  expect(followKernelLog(new PassThrough(), '/no/such/kmsg')).toBeUndefined()
})
