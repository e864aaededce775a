import { expect, test } from 'vitest'
import { guestShell } from '../../scenarios/kit/guest-shell.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { FakeGuest } from './fake-guest.ts'

const done = { code: 0, signal: null }

test('a command runs in the guest, as the actor, its words quoted by zx', async () => {
  const guest = new FakeGuest({ 'process.run': () => done })
  const $ = guestShell(guest, 7)
  await $`chown ${['a b', "it's"]} ${'$HOME; reboot'}`
  expect(guest.askedFor('process.run')).toEqual([
    {
      actor: 7,
      argv: [expect.stringMatching(/busybox$/), 'sh', '-c', "chown $'a b' $'it\\'s' $'$HOME; reboot'"],
      stdin: '',
    },
  ])
})

test('both its streams come back, and its exit code', async () => {
  const guest = new FakeGuest({
    'process.run': (_, onOutput) => {
      onOutput('stdout', Buffer.from('one\n'))
      onOutput('stderr', Buffer.from('oh\n'))
      onOutput('stdout', Buffer.from('two\n'))
      return { code: 3, signal: null }
    },
  })
  const output = await guestShell(guest, 0)({ nothrow: true })`true`
  expect(output).toMatchObject({ stdout: 'one\ntwo\n', stderr: 'oh\n', exitCode: 3, signal: null })
})

test('a command that fails rejects as zx has it', async () => {
  const guest = new FakeGuest({ 'process.run': () => ({ code: 1, signal: null }) })
  await expect(guestShell(guest, 0)`false`).rejects.toMatchObject({ exitCode: 1 })
})

test('what it is given to read is sent along', async () => {
  const guest = new FakeGuest({ 'process.run': () => done })
  await guestShell(guest, 0)({ input: 'snow ä\n' })`cat`
  expect(guest.askedFor('process.run').map(({ stdin }) => Buffer.from(stdin, 'base64').toString())).toEqual([
    'snow ä\n',
  ])
})

test('a guest that dies meanwhile ends the command too', async () => {
  const died = new HarnessError('QEMU_DIED', 'QEMU was killed by SIGKILL.')
  const guest = new FakeGuest({ 'process.run': () => Promise.reject(died) })
  await expect(guestShell(guest, 0)`true`).rejects.toMatchObject({ cause: died })
})
