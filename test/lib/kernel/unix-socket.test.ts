import fs from 'node:fs'
import { expect, test } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { become } from '../../../lib/kernel/credentials.ts'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import { closeFd } from '../../../lib/kernel/mount.ts'
import { statusOf } from '../../../lib/kernel/statx.ts'
import { CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import {
  acceptWithCredentials,
  connectTo,
  listen,
  peerCredentials,
  receiveByte,
  sendByte,
} from '../../../lib/kernel/unix-socket.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import { both, noNamespaces, testUnless } from './native.ts'

const own = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const testWithNamespaces = testUnless(own.uid === 0 ? noNamespaces : 'only root maps such ids')

/** A connection of two callers: the end of who connected, and of who listened. */
function connected(from = here(), to = here()) {
  const { fd, address } = listen(to)
  const ours = connectTo(from, address)
  const theirs = acceptWithCredentials(to, fd)
  closeFd(to, fd)
  const close = () => {
    closeFd(from, ours)
    closeFd(to, theirs)
  }
  return { ours, theirs, [Symbol.dispose]: close }
}

test('both ends of a connection are told who the other is', () => {
  using pair = connected()
  expect([peerCredentials(here(), pair.ours), peerCredentials(here(), pair.theirs)]).toEqual([own, own])
})

test('a byte comes with who sent it, whether the sender says so or not', () => {
  using pair = connected()
  sendByte(here(), pair.ours)
  sendByte(here(), pair.ours, { credentials: own })
  for (const _ of [1, 2]) expect(receiveByte(here(), pair.theirs)).toEqual({ credentials: own, descriptor: undefined })
})

test('a descriptor that is passed is a descriptor of the same file', () => {
  using pair = connected()
  const descriptor = fs.openSync('/proc/self/exe', 'r')
  sendByte(here(), pair.ours, { credentials: own, descriptor })
  const got = receiveByte(here(), pair.theirs).descriptor ?? -1
  expect(got).not.toBe(descriptor)
  expect(fs.fstatSync(got).ino).toBe(fs.fstatSync(descriptor).ino)
  expect(statusOf(here(), { fd: got }).size).toBe(fs.fstatSync(descriptor).size)
  for (const fd of [got, descriptor]) fs.closeSync(fd)
})

testWithNamespaces('who receives sees ids of its own user namespace, and the overflow ids for others', () => {
  using task = new Task({ name: 'inside', flags: CLONE_NEWUSER })
  writeIdMaps(task.pid, both([0, 100000, 8]))
  become(task, { uid: 0, gid: 0 })
  using inward = connected(here(), task)
  expect(peerCredentials(task, inward.theirs)).toEqual({ pid: own.pid, uid: 65534, gid: 65534 })
  using outward = connected(task, here())
  sendByte(task, outward.ours, { credentials: { pid: task.pid, uid: 7, gid: 0 } })
  expect(receiveByte(here(), outward.theirs).credentials).toEqual({ pid: task.pid, uid: 100007, gid: 100000 })
})

testWithNamespaces('an id the sender’s user namespace lacks can’t be said: EINVAL', () => {
  using task = new Task({ name: 'inside', flags: CLONE_NEWUSER })
  writeIdMaps(task.pid, both([0, 100000, 8]))
  become(task, { uid: 0, gid: 0 })
  using outward = connected(task, here())
  const lie = () => sendByte(task, outward.ours, { credentials: { pid: task.pid, uid: 8, gid: 0 } })
  expect(lie).toThrow(SyscallError)
  expect(lie).toThrow(/sendmsg.*EINVAL/)
})

test('nobody listens any more: ECONNREFUSED', () => {
  const { fd, address } = listen(here())
  closeFd(here(), fd)
  expect(() => connectTo(here(), address)).toThrow(/connect.*ECONNREFUSED/)
})
