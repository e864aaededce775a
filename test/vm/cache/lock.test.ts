import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withLock } from '../../../vm/cache/lock.ts'
import { owner } from '../../../vm/cache/owner.ts'
import { otherProcess } from './other-process.ts'
import { scratchDirectory } from './scratch.ts'

test('a second process waits, says so, and goes on when the first lets go', async () => {
  const file = join(await scratchDirectory(), 'lock')
  const first = otherProcess('hold-lock', file)
  await first.said('held')
  const second = otherProcess('hold-lock', file)
  await second.said('waiting')
  first.goOn()
  await second.said('held')
  second.goOn()
  await second.said('released')
})

test('a process that is killed while it holds the lock frees it', async () => {
  const file = join(await scratchDirectory(), 'lock')
  const first = otherProcess('hold-lock', file)
  await first.said('held')
  const second = otherProcess('hold-lock', file)
  await second.said('waiting')
  await first.kill()
  await second.said('held')
})

test('two takers in one process exclude each other as well', async () => {
  const file = join(await scratchDirectory(), 'lock')
  const inside: string[] = []
  const work = (name: string) => async () => {
    inside.push(`${name} in`)
    await new Promise(setImmediate)
    inside.push(`${name} out`)
  }
  await Promise.all([withLock(file, work('a')), withLock(file, work('b'))])
  expect(inside.map(step => step.slice(2))).toEqual(['in', 'out', 'in', 'out'])
})

test('work that fails frees the lock, and its error is what the caller sees', async () => {
  const file = join(await scratchDirectory(), 'lock')
  await expect(withLock(file, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck')
  let waited = false
  const onWait = () => {
    waited = true
  }
  await withLock(file, async () => {}, { onWait })
  expect(waited).toBe(false)
})

test('a lock that cannot be made is CACHE_UNUSABLE with what flock said', async () => {
  const dir = await scratchDirectory()
  await mkdir(join(dir, 'x'))
  await expect(withLock(join(dir, 'missing/lock'), async () => {})).rejects.toMatchObject({
    code: 'CACHE_UNUSABLE',
    message: expect.stringContaining('No such file or directory'),
  })
})

test('who waits is told who has the lock, and gives up after a limit with a sentence that names him', async () => {
  const file = join(await scratchDirectory(), 'lock')
  const holder = otherProcess('hold-lock', file)
  await holder.said('held')
  const heard: string[] = []
  const waiting = withLock(file, async () => {}, { onWait: who => heard.push(who), limitSeconds: 0.1 })
  await expect(waiting).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    message: expect.stringMatching(
      /^Waited 0\.1 s for process \d+ \(hold-lock\.ts .*\) to let go of the lock .*: end that/,
    ),
  })
  expect(heard).toEqual([expect.stringMatching(/^process \d+ \(hold-lock\.ts /)])
})

test('what a lock file says is not believed when the one it names is dead, and cannot command a terminal', async () => {
  const file = join(await scratchDirectory(), 'lock')
  const heard: string[] = []
  const blocked = async (text: string) => {
    const holder = otherProcess('hold-lock', file)
    await holder.said('held')
    await writeFile(file, text)
    await withLock(file, async () => {}, { onWait: who => heard.push(who), limitSeconds: 0 }).catch(() => {})
    await holder.kill()
  }
  await blocked(`lock.${owner().replace(/^\d+-\d+/, '1-1')} gone\n`)
  await blocked(`lock.${owner()} \x1b[2Jhello\n`)
  expect(heard).toEqual(['another process', `process ${process.pid} (\\x1b[2Jhello)`])
})
