import fs from 'node:fs'
import { expect, test } from 'vitest'
import { qemuVersion, startQemu } from '../../../vm/qemu/process.ts'

// A machine without a guest: it starts in milliseconds and waits for ever.
const idle = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S', '-serial', 'none']

test('a QEMU that refuses its arguments ends, and what it said is kept', async () => {
  const qemu = startQemu(['-no-such-option'])
  expect(await qemu.ended).toBe('ended with status 1')
  expect(qemu.stderr()).toContain('no-such-option')
  expect(qemu.commandLine).toEqual(['qemu-system-x86_64', '-no-such-option'])
})

test('a killed QEMU is gone when the kill is over, and killing it again does no harm', async () => {
  const qemu = startQemu(idle)
  await qemu.kill()
  expect(fs.existsSync(`/proc/${qemu.pid}`)).toBe(false)
  expect(await qemu.ended).toBe('was killed by SIGKILL')
  await qemu.kill()
})

test('QEMU’s version is the number and the distribution’s name for it', async () => {
  expect(await qemuVersion()).toMatch(/^\d+\.\d+/)
})
