import { type Caller, call } from '../../../lib/kernel/caller.ts'
import { stat } from '../../../lib/kernel/files.ts'
import { closeFd } from '../../../lib/kernel/mount.ts'
import { statusOf } from '../../../lib/kernel/statx.ts'
import {
  acceptWithCredentials,
  connectTo,
  listen,
  peerCredentials,
  receiveByte,
  sendByte,
} from '../../../lib/kernel/unix-socket.ts'
import type { Reply, Requests } from '../protocol.ts'
import { callerOf, pidOf } from './actors.ts'

const AT_FDCWD = -100
const O_CLOEXEC = 0o2000000

/** One actor connects to another and sends a byte, with a claim and a descriptor of a file if so asked; what the other one sees of that. */
export function exchange({ from, to, claim, file }: Requests['socket.exchange']): Reply<'socket.exchange'> {
  const [sender, receiver] = [callerOf(from), callerOf(to)]
  const { fd, address } = listen(receiver)
  using listener = closed(receiver, fd)
  using ours = closed(sender, connectTo(sender, address))
  using theirs = closed(receiver, acceptWithCredentials(receiver, listener.fd))
  const descriptor = file === null ? undefined : openAs(sender, file)
  try {
    const credentials = claim === null ? undefined : { pid: pidOf(from), ...claim }
    sendByte(sender, ours.fd, { ...(credentials && { credentials }), ...(descriptor !== undefined && { descriptor }) })
  } finally {
    if (descriptor !== undefined) closeFd(sender, descriptor)
  }
  const received = receiveByte(receiver, theirs.fd)
  if (received.credentials === undefined) throw new Error('a byte came without its sender’s credentials')
  return {
    peer: peerCredentials(receiver, theirs.fd),
    sent: received.credentials,
    passed: received.descriptor === undefined ? null : lookAndClose(receiver, received.descriptor),
  }
}

/** Whom one actor sees the process of another belong to. */
export function ownerOfProcess({ actor, of }: Requests['process.owner']): Reply<'process.owner'> {
  const { uid, gid } = stat(callerOf(actor), `/proc/${pidOf(of)}`)
  return { uid, gid }
}

function openAs(caller: Caller, path: string): number {
  return call(caller, 'openat', [AT_FDCWD, path, O_CLOEXEC, 0], [path, 'O_RDONLY'])
}

function lookAndClose(caller: Caller, fd: number): { uid: number; gid: number } {
  const { uid, gid } = statusOf(caller, { fd })
  closeFd(caller, fd)
  return { uid, gid }
}

function closed(caller: Caller, fd: number): { readonly fd: number } & Disposable {
  return { fd, [Symbol.dispose]: () => closeFd(caller, fd) }
}
