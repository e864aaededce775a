import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { Writable } from 'node:stream'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { documentAtEnd, fileDocument, fileLines, ReportUnwritable, streamLines } from '../../../ci/report/output.ts'
import { Collected } from './collected.ts'

let directory: DirectoryResult
beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterEach(() => directory.cleanup())

const inside = (...names: string[]) => path.join(directory.path, ...names)

describe('lines in a file', () => {
  test('are there as soon as they are written, in place of what was there, in directories made for it', async () => {
    const file = inside('new', 'one', 'report.ktap')
    const output = await fileLines('ktap', file)
    output.write('1\n')
    output.write('2\n')
    expect(fs.readFileSync(file, 'utf8')).toBe('1\n2\n')
    await output.close()
    await fileLines('ktap', file)
    expect(fs.readFileSync(file, 'utf8')).toBe('')
  })

  test('are refused at once where they can’t be written, in a sentence that names the report', async () => {
    fs.writeFileSync(inside('file'), '')
    await expect(fileLines('ktap=x', inside('file', 'x'))).rejects.toThrow(ReportUnwritable)
    await expect(fileLines('ktap=x', inside('file', 'x'))).rejects.toThrow(
      /^The report ktap=x can't be written: E[A-Z]+ \(\w+\); /,
    )
    await expect(fileLines('ktap=x', directory.path)).rejects.toThrow('EISDIR (open)')
  })

  test('of a full device are refused when they are written', async () => {
    const output = await fileLines('ktap=/dev/full', '/dev/full')
    expect(() => output.write('1\n')).toThrow(
      "The report ktap=/dev/full can't be written: ENOSPC (write); what is there of it is not whole.",
    )
  })
})

describe('a document in a file', () => {
  test('takes the place of the one before as a whole, and leaves nothing else', async () => {
    const output = await fileDocument('json', inside('a', 'report.json'))
    const seen = ['{}', '{"a": 1}'].map(text => {
      output.replace(text)
      return fs.readFileSync(inside('a', 'report.json'), 'utf8')
    })
    expect(seen).toEqual(['{}', '{"a": 1}'])
    expect(fs.readdirSync(inside('a'))).toEqual(['report.json'])
  })

  test('is a new file each time: who has the old one open goes on reading a whole one', async () => {
    const output = await fileDocument('json', inside('r'))
    output.replace('old')
    const fd = fs.openSync(inside('r'), 'r')
    output.replace('new')
    expect(fs.readFileSync(fd, 'utf8')).toBe('old')
    fs.closeSync(fd)
  })

  test('is found behind a symbolic link, which stays', async () => {
    fs.writeFileSync(inside('real'), 'old')
    fs.symlinkSync('real', inside('link'))
    const output = await fileDocument('json', inside('link'))
    output.replace('new')
    expect([fs.readFileSync(inside('real'), 'utf8'), fs.readlinkSync(inside('link'))]).toEqual(['new', 'real'])
  })

  test('leaves a device a device, which gets the last one at the end', async () => {
    execFileSync('mkfifo', [inside('pipe')])
    const reader = fs.openSync(inside('pipe'), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    const output = await fileDocument('json', inside('pipe'))
    output.replace('first')
    output.replace('last')
    await output.close()
    expect(fs.readFileSync(reader, 'utf8')).toBe('last')
    fs.closeSync(reader)
    expect(fs.statSync(inside('pipe')).isFIFO()).toBe(true)
  })

  test('that can’t be written is refused at once', async () => {
    fs.writeFileSync(inside('file'), '')
    await expect(fileDocument('junit=x', inside('file', 'x'))).rejects.toThrow(ReportUnwritable)
    await expect(fileDocument('junit=x', '/proc/nowhere/x')).rejects.toThrow(ReportUnwritable)
  })

  test('of a full device is refused when it is written', async () => {
    const output = await fileDocument('junit=/dev/full', '/dev/full')
    output.replace('<a/>')
    await expect(output.close()).rejects.toThrow('ENOSPC (write)')
  })
})

test('a document on a stream is written once, when the run is over', async () => {
  const lines = new Collected()
  const output = documentAtEnd(lines)
  output.replace('first')
  output.replace('last')
  expect(lines.text).toBe('')
  await output.close()
  expect([lines.text, lines.closed]).toEqual(['last', true])
})

describe('lines on a stream', () => {
  const streamOf = (write: (text: string) => Error | undefined) => {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        done(write(String(chunk)))
      },
    }) as unknown as NodeJS.WriteStream
    // What the command has until a report takes the stream over.
    stream.on('error', () => {
      throw new Error('the process would have ended here')
    })
    return stream
  }

  test('whose reader goes are refused from then on; the process, and so the other reports, goes on', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })
    const stream = streamOf(() => gone)
    const output = streamLines('ktap on stdout', stream, text => stream.write(text))
    output.write('1\n')
    await expect(output.close()).rejects.toThrow("The report ktap on stdout can't be written: EPIPE (write)")
    expect(() => output.write('2\n')).toThrow(ReportUnwritable)
  })

  test('are all written when the report is closed', async () => {
    const seen: string[] = []
    const stream = streamOf(text => {
      seen.push(text)
      return undefined
    })
    const output = streamLines('ktap on stdout', stream, text => stream.write(text))
    output.write('1\n')
    await output.close()
    expect(seen.join('')).toBe('1\n')
  })
})
