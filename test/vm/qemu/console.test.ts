import fs from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import fc from 'fast-check'
import { dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { harmless } from '../../../vm/harmless.ts'
import { Console } from '../../../vm/qemu/console.ts'
import type { Crash } from '../../../vm/qemu/crash.ts'

let logFile: string
let removeLog: () => Promise<void>
const openConsoles: PassThrough[] = []

beforeEach(async () => {
  const directory = await temporaryDirectory({ unsafeCleanup: true })
  logFile = path.join(directory.path, 'console.log')
  removeLog = directory.cleanup
})

afterEach(async () => {
  for (const stream of openConsoles.splice(0)) {
    stream.destroy()
    await finished(stream).catch(() => {})
  }
  await removeLog()
})

/** A console that heard these chunks. */
function heard(...chunks: readonly (string | Buffer)[]): { console: Console; stream: PassThrough; crashes: Crash[] } {
  const stream = new PassThrough()
  openConsoles.push(stream)
  const crashes: Crash[] = []
  const console = new Console(stream, logFile, crash => crashes.push(crash))
  for (const chunk of chunks) stream.emit('data', Buffer.from(chunk))
  return { console, stream, crashes }
}

test('lines are whole however the chunks are cut', () => {
  const { console } = heard('[ 0.1] Linux ver', 'sion 6.12\r', '\n[ 0.2] Comm', 'and line\r\n')
  expect(console.last(10)).toEqual(['[ 0.1] Linux version 6.12', '[ 0.2] Command line'])
})

test('a trouble cut in two by chunks is seen, once its line is whole', () => {
  const { console, stream, crashes } = heard('[ 1.0] Kernel pan', 'ic - not syncing: no init')
  expect(crashes).toEqual([])
  stream.emit('data', Buffer.from('\r\n'))
  expect(crashes).toEqual([{ kind: 'panic', line: '[ 1.0] Kernel panic - not syncing: no init' }])
  expect(console.crash).toEqual(crashes[0])
})

test('the first trouble is told of, once; what follows from it is not', () => {
  const { console, crashes } = heard(
    'BUG: kernel NULL pointer dereference, address: 0\nOops: 0002 [#1] SMP\n',
    'Kernel panic - not syncing: Fatal exception\n',
  )
  expect(crashes.map(({ kind }) => kind)).toEqual(['oops'])
  expect(console.crash?.line).toMatch(/^BUG: kernel NULL/)
})

test('the newest lines are kept, oldest first, with the one still being written', () => {
  const { console } = heard('one\ntwo\nthree\nfo')
  expect(console.last(2)).toEqual(['three', 'fo'])
  expect(console.last(99)).toEqual(['one', 'two', 'three', 'fo'])
})

test('a report shows the end, or, when there was trouble, the trouble from just before it on', () => {
  const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`)
  const { console, stream } = heard(`${lines(0, 50).join('\n')}\n`)
  expect(console.excerpt()).toEqual(lines(38, 50))
  stream.emit('data', Buffer.from(`Oops: 0002 [#1] SMP\n${lines(50, 100).join('\n')}\n`))
  expect(console.excerpt()).toEqual(['line 48', 'line 49', 'Oops: 0002 [#1] SMP', ...lines(50, 100)])
})

test('the trace of a trouble is kept however much is said after it, and is bounded', () => {
  expect(heard('Oops: 0002 [#1] SMP\nRIP: 0010\n').console.excerpt()).toEqual(['Oops: 0002 [#1] SMP', 'RIP: 0010'])
  const { console } = heard(`Oops: 0002 [#1] SMP\n${'noise\n'.repeat(1000)}`)
  expect(console.excerpt()).toHaveLength(150)
  expect(console.excerpt()[0]).toBe('Oops: 0002 [#1] SMP')
})

test('a trace ends where the kernel ends it, but for the panic that an oops becomes', () => {
  const report = [
    '------------[ cut here ]------------',
    'kernel BUG at fs/attr.c:187!',
    'RIP: 0010:notify_change+0x1/0x2',
  ]
  const end = '---[ end trace 0000000000000000 ]---'
  const { console } = heard(
    `${[...report, end, 'noise', 'Kernel panic - not syncing: Fatal exception', ''].join('\n')}`,
  )
  expect(console.excerpt()).toEqual([...report, end, 'Kernel panic - not syncing: Fatal exception'])
})

test('with patience a trouble is told of when the kernel has ended its report, or when its console closes', async () => {
  const told: string[] = []
  const listen = () => {
    const stream = new PassThrough()
    openConsoles.push(stream)
    return { stream, console: new Console(stream, logFile, ({ kind }) => told.push(kind), 3_600_000) }
  }
  const { stream } = listen()
  stream.emit('data', Buffer.from('Oops: 0002 [#1] SMP\nRIP: 0010\n'))
  expect(told).toEqual([])
  stream.emit('data', Buffer.from('---[ end trace 0000000000000000 ]---\n'))
  expect(told).toEqual(['oops'])
  const other = listen()
  other.stream.emit('data', Buffer.from('WARNING: suspicious RCU usage\n'))
  expect(told).toEqual(['oops'])
  other.stream.destroy()
  await finished(other.stream).catch(() => {})
  expect(told).toEqual(['oops', 'lockdep'])
})

test('what init complained of is found among the other lines', () => {
  const noise = '[ 1.0] virtio_blk virtio2: [vda]\n'
  expect(heard(noise).console.initFailure).toBeUndefined()
  const { console } = heard(`${noise}idmaplab: init: cannot mount the root\r\n${noise}idmaplab: init: gave up\n`)
  expect(console.initFailure).toBe('cannot mount the root')
})

test('a terminal is not made to obey what a guest wrote', () => {
  const { console } = heard(Buffer.from('\x1b[2J\x1b]0;owned\x07name\x7f\x9b1m\tend\n\x1b[31m', 'latin1'))
  expect(console.last(2)).toEqual(['\\x1b[2J\\x1b]0;owned\\x07name\\x7f\\x9b1m\tend', '\\x1b[31m'])
})

test('no control character but the tab is left in any line', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      const line = Buffer.from(bytes).toString('latin1').replaceAll('\n', '')
      expect(harmless(line)).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/)
    }),
  )
})

test('the log has every byte as it came, behind what an earlier guest wrote', () => {
  fs.writeFileSync(logFile, 'earlier\n')
  heard('\x1b[0mone\r\n', Buffer.from([0xff, 0x00, 0x80]))
  expect(fs.readFileSync(logFile)).toEqual(Buffer.from('earlier\n\x1b[0mone\r\n\xff\x00\x80', 'latin1'))
})

test('the log is let go with the console', async () => {
  const open = () => fs.readdirSync('/proc/self/fd').filter(fd => linkOf(fd) === logFile).length
  const { stream } = heard('one\n')
  expect(open()).toBe(1)
  stream.destroy()
  await finished(stream).catch(() => {})
  expect(open()).toBe(0)
})

test('a guest that floods its console costs a bounded log, and is watched to the end', () => {
  const MIB = 1024 * 1024
  const line = `${'flood '.repeat(170)}\n`
  const { console, stream, crashes } = heard()
  const chunk = Buffer.from(line.repeat(Math.floor((4 * MIB) / line.length)))
  for (let sent = 0; sent < 100 * MIB; sent += chunk.length) stream.emit('data', chunk)
  stream.emit('data', Buffer.from('Kernel panic - not syncing: out of paper\n'))
  expect(fs.statSync(logFile).size).toBeGreaterThan(64 * MIB)
  expect(fs.statSync(logFile).size).toBeLessThan(69 * MIB)
  expect(endOf(logFile)).toContain('[the log ends here: its limit is reached]')
  expect(console.last(1_000_000).length).toBeLessThan(1000)
  expect(crashes).toHaveLength(1)
})

test('a line without an end is cut, not gathered', () => {
  const { console, stream } = heard()
  for (let i = 0; i < 1000; i++) stream.emit('data', Buffer.alloc(16 * 1024, 'x'))
  expect(console.last(1)[0]).toHaveLength(4096)
  stream.emit('data', Buffer.from('\nnext\n'))
  expect(console.last(2).map(({ length }) => length)).toEqual([4096, 4])
})

function linkOf(fd: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

function endOf(file: string): string {
  const fd = fs.openSync(file, 'r')
  const end = Buffer.alloc(100)
  fs.readSync(fd, end, 0, end.length, fs.fstatSync(fd).size - end.length)
  fs.closeSync(fd)
  return end.toString('latin1')
}

test('a panic that only QEMU was told of is trouble too, with the last lines for its trace', () => {
  const { console, crashes } = heard('[ 1.0] last words\n')
  console.panicked()
  expect(crashes).toEqual([{ kind: 'panic', line: 'it told QEMU that it panicked, and its console does not say why' }])
  expect(console.crash).toEqual(crashes[0])
  expect(console.excerpt()).toEqual(['[ 1.0] last words'])
})

test('a panic that QEMU was told of first is told with the console’s own words, if they come', async () => {
  const stream = new PassThrough()
  openConsoles.push(stream)
  const crashes: Crash[] = []
  const console = new Console(stream, logFile, crash => crashes.push(crash), 60_000)
  console.panicked()
  stream.emit(
    'data',
    Buffer.from(
      '[ 1.0] Kernel panic - not syncing: no init\n[ 1.1] ---[ end Kernel panic - not syncing: no init ]---\n',
    ),
  )
  expect(crashes).toEqual([{ kind: 'panic', line: '[ 1.0] Kernel panic - not syncing: no init' }])
  expect(console.excerpt()).toHaveLength(2)
})

test('a panic that the console told of is told once, though QEMU is told as well', () => {
  const { console, crashes } = heard('[ 1.0] Kernel panic - not syncing: no init\n')
  console.panicked()
  expect(crashes).toHaveLength(1)
})
