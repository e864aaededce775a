import path from 'node:path'
import { PassThrough } from 'node:stream'
import { dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  deathOf,
  isKvmFailure,
  kernelTrouble,
  type Mortal,
  silenceOf,
  troubleWith,
} from '../../../vm/guest/death-report.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { Console } from '../../../vm/qemu/console.ts'
import type { QemuProcess } from '../../../vm/qemu/process.ts'
import { Qmp } from '../../../vm/qemu/qmp.ts'

let logFile: string
let removeLog: () => Promise<void>

beforeEach(async () => {
  const directory = await temporaryDirectory({ unsafeCleanup: true })
  logFile = path.join(directory.path, 'console.log')
  removeLog = directory.cleanup
})
afterEach(() => removeLog())

function qemu(options: { stderr?: string; commandLine?: readonly string[] }): QemuProcess {
  return {
    called: { subject: 'QEMU', died: 'QEMU_DIED', line: 'QEMU command line' },
    pid: 0,
    commandLine: options.commandLine ?? ['qemu-system-x86_64'],
    agent: new PassThrough(),
    console: new PassThrough(),
    terminal: new PassThrough(),
    qmp: new Qmp(new PassThrough()),
    state: new PassThrough(),
    stderr: () => options.stderr ?? '',
    ended: Promise.resolve('ended with status 1'),
    kill: async () => {},
  }
}

function console(text = ''): Console {
  const stream = new PassThrough()
  const watched = new Console(stream, logFile, () => {})
  stream.emit('data', Buffer.from(text))
  stream.emit('close')
  return watched
}

test('the report has QEMU’s own words, the last console lines, where the log is and how QEMU was called', () => {
  const died = qemu({
    stderr: 'qemu-system-x86_64: one\nqemu-system-x86_64: two',
    commandLine: ['qemu-system-x86_64', '-append', 'console=ttyS0 panic=-1', '-name', "it's"],
  })
  const error = troubleWith(died, console('[ 1.0] first\n[ 2.0] \x1b[31mlast\n'), 'QEMU_DIED', 'QEMU ended')
  expect(error).toMatchObject({ code: 'QEMU_DIED', blame: 'harness', message: 'QEMU ended.' })
  expect(error.details).toEqual([
    'QEMU said:',
    '    qemu-system-x86_64: one',
    '    qemu-system-x86_64: two',
    'the last console lines:',
    '    [ 1.0] first',
    '    [ 2.0] \\x1b[31mlast',
    `console log: ${logFile}`,
    "QEMU command line: qemu-system-x86_64 -append 'console=ttyS0 panic=-1' -name 'it'\\''s'",
  ])
})

test('what was not said is not shown, and that a console stayed empty is', () => {
  expect(troubleWith(qemu({}), console(), 'GUEST_BOOT', 'It did not come up').details).toEqual([
    'the console stayed empty',
    `console log: ${logFile}`,
    'QEMU command line: qemu-system-x86_64',
  ])
})

test('of a long console only the end is shown', () => {
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`)
  const { details } = troubleWith(qemu({}), console(lines.join('\n')), 'GUEST_HUNG', 'It hangs')
  expect(details.slice(0, 2)).toEqual(['the last console lines:', '    line 38'])
  expect(details).toContain('    line 49')
})

test.each([
  ['an empty console', troubleOf({}), true],
  ['KVM’s internal error', troubleOf({ stderr: 'KVM internal error. Suberror: 1', said: 'early\n' }), true],
  ['a KVM that would not start', troubleOf({ stderr: 'qemu: failed to initialize KVM: EIO', said: 'x\n' }), true],
  ['a kernel that panicked', troubleOf({ said: 'Kernel panic - not syncing: no init\n' }), false],
  ['a guest that died later', troubleOf({ code: 'QEMU_DIED' }), false],
] as const)('%s is held against KVM or not', (_, trouble, blamed) => {
  expect(isKvmFailure(trouble())).toBe(blamed)
})

function troubleOf(of: { stderr?: string; said?: string; code?: 'QEMU_DIED' }): () => HarnessError {
  return () => troubleWith(qemu(of), console(of.said), of.code ?? 'GUEST_BOOT', 'The guest did not come up')
}

test('an error that is not about a boot is no fault of KVM’s', () => {
  expect(isKvmFailure(new Error('the console stayed empty'))).toBe(false)
  expect(isKvmFailure(new HarnessError('PACKAGE_FETCH', 'No network.'))).toBe(false)
  expect(isKvmFailure(undefined)).toBe(false)
})

function mortal(of: { stderr?: string; said?: string; killsBefore?: number }): Mortal {
  const { killsBefore = Number.POSITIVE_INFINITY } = of
  return { process: qemu(of), console: console(of.said), directories: [path.dirname(logFile)], killsBefore }
}

test.each([
  ['nobody knows why', {}, 'was killed by SIGSEGV', 'QEMU_DIED'],
  ['it was killed by somebody', {}, 'was killed by SIGKILL', 'QEMU_DIED'],
  ['the out-of-memory killer was at work', { killsBefore: -1 }, 'was killed by SIGKILL', 'OUT_OF_MEMORY'],
  ['the killer was at work, but not on it', { killsBefore: -1 }, 'ended with status 1', 'QEMU_DIED'],
  [
    'it got no memory',
    { stderr: "qemu-system-x86_64: cannot set up guest memory 'ram': Cannot allocate memory" },
    'ended with status 1',
    'OUT_OF_MEMORY',
  ],
  [
    'it found the disk full',
    { stderr: 'qemu: write failed: No space left on device' },
    'ended with status 1',
    'DISK_FULL',
  ],
  [
    'its kernel panicked before, whatever else is so',
    { said: '[ 1.0] Kernel panic - not syncing: no init\n', killsBefore: -1 },
    'was killed by SIGKILL',
    'KERNEL_TROUBLE',
  ],
  [
    'its guest says that a disk is full',
    { said: 'dd: No space left on device\n' },
    'was killed by SIGSEGV',
    'QEMU_DIED',
  ],
] as const)('a QEMU that dies: %s', (_, of, how, code) => {
  const death = deathOf(mortal(of), how)
  expect(death).toMatchObject({ code })
  if (code === 'QEMU_DIED') expect(death.message).toBe(`QEMU ${how}.`)
})

test('a kernel in trouble has its trace with it, and the console’s log is named', () => {
  const said = 'before\n[ 1.0] BUG: KASAN: use-after-free in make_vfsuid+0x1/0x2\n[ 1.0] Call Trace:\n'
  const trouble = kernelTrouble(qemu({}), console(said))
  expect(trouble).toMatchObject({ code: 'KERNEL_TROUBLE', blame: 'kernel', kind: 'KASAN' })
  expect(trouble.message).toBe(
    "The guest's kernel is in trouble (KASAN): [ 1.0] BUG: KASAN: use-after-free in make_vfsuid+0x1/0x2.",
  )
  expect(trouble.trace).toEqual(['before', ...said.trimEnd().split('\n').slice(1)])
  expect(trouble.details).toContain(`console log: ${logFile}`)
})

test('a guest that does not answer hangs, as long as there is room on the disk', () => {
  expect(silenceOf(mortal({}), 'It does not answer')).toMatchObject({
    code: 'GUEST_HUNG',
    message: 'It does not answer.',
  })
})
