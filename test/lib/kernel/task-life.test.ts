import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import * as files from '../../../lib/kernel/files.ts'
import { CLONE_NEWUSER, Task, TaskEndedError } from '../../../lib/kernel/task.ts'
import { noNamespaces, openDescriptors, testUnless } from './native.ts'

const natively = testUnless(noNamespaces)

const exists = (pid: number) => fs.existsSync(`/proc/${pid}`)
const children = () => fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')

natively('it is a process of its own while it lives, and leaves no zombie', () => {
  const task = new Task({ flags: CLONE_NEWUSER })
  expect(exists(task.pid)).toBe(true)
  expect(fs.readlinkSync(`/proc/${task.pid}/ns/user`)).not.toBe(fs.readlinkSync('/proc/self/ns/user'))
  task.close()
  expect(exists(task.pid)).toBe(false)
})

natively('it holds none of this process’s descriptors, so it notices when this process ends', () => {
  using task = new Task()
  using _later = new Task()
  const links = fs.readdirSync(`/proc/${task.pid}/fd`).filter(fd => Number(fd) > 2)
  expect(links).toHaveLength(1)
})

natively('closing it twice is closing it once, and a closed one only says so', () => {
  const task = new Task({ name: 'box root' })
  task.close()
  task.close()
  for (const use of [() => files.stat(task, '/'), () => task.invoke(39, []), () => task.scratch])
    expect(use).toThrow(TaskEndedError)
})

natively('one that was killed says so at its next call, at every later one, and leaves no zombie', () => {
  const task = new Task({ name: 'box root' })
  process.kill(task.pid, 'SIGKILL')
  expect(() => files.stat(task, '/')).toThrow(`box root (pid ${task.pid}) ended during a system call, wait status 9`)
  expect(() => files.stat(task, '/')).toThrow(TaskEndedError)
  expect(exists(task.pid)).toBe(false)
  task.close()
})

natively('one that is killed in the middle of a call does not keep its caller waiting', () => {
  using task = new Task()
  using killer = new Task()
  const KILL = 62
  const [self, SIGKILL] = [task.pid, 9]
  expect(() => task.invoke(KILL, [self, SIGKILL])).toThrow(TaskEndedError)
  expect(files.stat(killer, '/').type).toBe('directory')
})

natively('two hundred, one after the other, leave no descriptor, no child and no memory behind', () => {
  new Task().close()
  const before = { descriptors: openDescriptors(), children: children() }
  const addresses = new Set<bigint>()
  for (let i = 0; i < 200; i++) {
    using task = new Task({ flags: CLONE_NEWUSER })
    addresses.add(task.scratch.reserve(8).address)
    files.stat(task, '/')
    task.scratch.reset()
  }
  expect({ descriptors: openDescriptors(), children: children() }).toEqual(before)
  // Memory that is not given back cannot be given to the next one.
  expect(addresses.size).toBeLessThan(100)
})

natively('two hundred at the same time are two hundred processes, and as easily let go', () => {
  const before = { descriptors: openDescriptors(), children: children() }
  const tasks = Array.from({ length: 200 }, () => new Task())
  expect(new Set(tasks.map(({ pid }) => pid)).size).toBe(200)
  for (const task of tasks) expect(files.stat(task, '/').type).toBe('directory')
  for (const task of tasks) task.close()
  expect({ descriptors: openDescriptors(), children: children() }).toEqual(before)
})

natively('one that cannot be born leaves nothing behind either', () => {
  const before = openDescriptors()
  const CLONE_THREAD_ALONE = 0x10000
  expect(() => new Task({ flags: CLONE_THREAD_ALONE })).toThrow('clone(0x10000) was refused with EINVAL')
  expect(openDescriptors()).toEqual(before)
})

natively('it ends with its owner, even when that one is killed', async () => {
  const script = fileURLToPath(new URL('owner-of-a-task.ts', import.meta.url))
  const owner = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(owner.stdout, 'data')
  const pid = Number(line)
  expect(fs.readFileSync(`/proc/${pid}/status`, 'utf8')).toContain(`PPid:\t${owner.pid}\n`)
  owner.kill('SIGKILL')
  // The task has the owner's stdout too: it closes when the last of the two is gone.
  await once(owner, 'close')
  expect(await gone(pid)).toBe(true)
})

/** Asks until the process has ended; whoever adopted it may take its time to reap it. */
async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100_000; i++) {
    if (!exists(pid) || /^State:\tZ/m.test(readStatus(pid))) return true
    await new Promise(resolve => setImmediate(resolve))
  }
  return false
}

function readStatus(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return 'State:\tZ'
  }
}
