import fs from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { replaceFile } from '../../../lib/ranges/replace-file.ts'
import { scratch } from './made-up-root.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

function oldFile() {
  const file = path.join(scratch(), 'ranges.json')
  fs.writeFileSync(file, 'old')
  return { file, temporary: `${file}.new` }
}

test('who has the file open goes on reading the old text: nothing is written over it', () => {
  const { file, temporary } = oldFile()
  const fd = fs.openSync(file, 'r')
  replaceFile(file, 'new', { temporary })
  expect(fs.readFileSync(fd, 'utf8')).toBe('old')
  expect(fs.readFileSync(file, 'utf8')).toBe('new')
  fs.closeSync(fd)
})

test('the text is on the disk before it has the name, and the name before it returns', () => {
  const { file, temporary } = oldFile()
  const steps: string[] = []
  const fsync = fs.fsyncSync
  const rename = fs.renameSync
  vi.spyOn(fs, 'fsyncSync').mockImplementation(fd => {
    const what = fs.readlinkSync(`/proc/self/fd/${fd}`)
    steps.push(what === temporary ? `sync ${fs.readFileSync(temporary, 'utf8')}` : `sync ${path.basename(what)}`)
    fsync(fd)
  })
  vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    steps.push('rename')
    rename(from, to)
  })
  replaceFile(file, 'new', { temporary })
  expect(steps).toEqual(['sync new', 'rename', `sync ${path.basename(path.dirname(file))}`])
})

test.each(['writeFileSync', 'fsyncSync', 'renameSync'] as const)('a failure of %s leaves the old text', call => {
  const { file, temporary } = oldFile()
  vi.spyOn(fs, call).mockImplementation(() => {
    throw new Error('the disk is full')
  })
  expect(() => replaceFile(file, 'new', { temporary })).toThrow('the disk is full')
  vi.restoreAllMocks()
  expect(fs.readFileSync(file, 'utf8')).toBe('old')
  replaceFile(file, 'newer', { temporary })
  expect(fs.readFileSync(file, 'utf8')).toBe('newer')
})
