import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { withShadowLock } from '../../../lib/ranges/shadow-lock.ts'
import { scratch } from './made-up-root.ts'

test('the lock is a file with this process’s pid, made by a link, and gone afterwards', async () => {
  const file = path.join(scratch(), 'subuid')
  await withShadowLock(file, () => {
    expect(fs.readFileSync(`${file}.lock`, 'utf8')).toBe(`${process.pid}`)
    expect(fs.readdirSync(path.dirname(file))).toEqual(['subuid.lock'])
  })
  expect(fs.readdirSync(path.dirname(file))).toEqual([])
})

test('the lock of a process that has gone is taken over', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  const file = path.join(scratch(), 'subuid')
  // As shadow writes it: the digits, then a NUL.
  fs.writeFileSync(`${file}.lock`, `${child.pid}\0`)
  expect(await withShadowLock(file, () => 'done')).toBe('done')
})

test('the lock of a running process is waited for', async () => {
  const file = path.join(scratch(), 'subuid')
  fs.writeFileSync(`${file}.lock`, `${process.pid}\0`)
  const steps: string[] = []
  const waiting = withShadowLock(file, () => steps.push('in'))
  await new Promise(setImmediate)
  steps.push('still out')
  fs.rmSync(`${file}.lock`)
  await waiting
  expect(steps).toEqual(['still out', 'in'])
})

test('two takers in one process exclude each other', async () => {
  const file = path.join(scratch(), 'subuid')
  const steps: string[] = []
  const work = async () => {
    steps.push('in')
    await new Promise(setImmediate)
    steps.push('out')
  }
  await Promise.all([withShadowLock(file, work), withShadowLock(file, work)])
  expect(steps).toEqual(['in', 'out', 'in', 'out'])
})

test('a directory that can’t be written is said, not waited for', async () => {
  await expect(withShadowLock(path.join(scratch(), 'missing/subuid'), () => {})).rejects.toMatchObject({
    code: 'SUBIDS_UNUSABLE',
    message: expect.stringMatching(/subuid\.lock can't be taken: there is no such file or directory/),
  })
})
