import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { mapMemory, unmapMemory } from '../../../lib/kernel/libc.ts'
import { ownEntry, rawSyscall, throughLibc } from '../../../lib/kernel/raw-syscall.ts'

const [WRITE, OPEN, CLOSE, LSEEK, GETPID, COPY_FILE_RANGE] = [1, 2, 3, 8, 39, 326]
const SEEK_SET = 0

let directory: string
beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'raw-syscall-'))
})
afterAll(() => fs.rmSync(directory, { recursive: true }))

test('this machine lets us make the calls by machine code of our own', () => {
  expect(ownEntry()).toBeTypeOf('function')
})

// libc's is what remains where no new code may be executed: both must say the same.
describe.each([
  ['by machine code of our own', rawSyscall],
  ['by way of libc', throughLibc],
])('a system call %s', (_, make) => {
  const syscall = (number: number, args: Parameters<typeof make>[1]) => make(number, args, here().scratch)

  test('gives the kernel’s result', () => {
    expect(syscall(GETPID, [])).toBe(process.pid)
  })

  test('takes texts and bytes, each as its address', () => {
    const file = path.join(directory, 'déjà')
    fs.writeFileSync(file, '')
    const fd = syscall(OPEN, [file, fs.constants.O_WRONLY, 0])
    expect(syscall(WRITE, [fd, Buffer.from('snow'), 4])).toBe(4)
    fs.closeSync(fd)
    expect(fs.readFileSync(file, 'latin1')).toBe('snow')
    here().scratch.reset()
  })

  test('gives a refusal as minus the errno', () => {
    expect(syscall(CLOSE, [-1])).toBe(-os.constants.errno.EBADF)
    expect(syscall(100_000, [])).toBe(-os.constants.errno.ENOSYS)
  })

  test('takes and gives numbers above 32 bits, as numbers and as bigints', () => {
    const fd = fs.openSync(path.join(directory, 'sparse'), 'w')
    expect(syscall(LSEEK, [fd, 2 ** 40 + 7, SEEK_SET])).toBe(2 ** 40 + 7)
    expect(syscall(LSEEK, [fd, 2n ** 33n + 5n, SEEK_SET])).toBe(2 ** 33 + 5)
    expect(syscall(LSEEK, [fd, -(2 ** 40), SEEK_SET])).toBe(-os.constants.errno.EINVAL)
    fs.closeSync(fd)
  })

  test('passes on all six arguments, each in its place', () => {
    fs.writeFileSync(path.join(directory, 'from'), 'one two three')
    const from = fs.openSync(path.join(directory, 'from'), 'r')
    const to = fs.openSync(path.join(directory, 'to'), 'w')
    const offsets = mapMemory(16)
    offsets.bytes.writeBigInt64LE(4n, 0)
    offsets.bytes.writeBigInt64LE(2n, 8)
    const places = [from, offsets.address, to, offsets.address + 8n]
    const NO_SUCH_FLAG = 1
    expect(syscall(COPY_FILE_RANGE, [...places, 3, NO_SUCH_FLAG])).toBe(-os.constants.errno.EINVAL)
    expect(syscall(COPY_FILE_RANGE, [...places, 3, 0])).toBe(3)
    expect(fs.readFileSync(path.join(directory, 'to'), 'latin1')).toBe('\0\0two')
    for (const fd of [from, to]) fs.closeSync(fd)
    unmapMemory(offsets)
  })
})
