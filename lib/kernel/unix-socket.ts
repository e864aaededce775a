import type { Id } from '../idmap/extent.ts'
import { type Caller, call } from './caller.ts'
import { layMessage } from './unix-message.ts'

const AF_UNIX = 1
const SOCK_STREAM_CLOEXEC = 0o2000001
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_PASSCRED = 16
const SO_PEERCRED = 17
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2
const MSG_CMSG_CLOEXEC = 0x40000000
/** `struct sockaddr_un`: the family, and a name of at most 108 bytes. */
const ADDRESS_BYTES = 110
/** `struct ucred`: pid, uid, gid. */
const UCRED_BYTES = 12
/** For the control messages of one byte: credentials, a descriptor, and what a newer kernel may add. */
const ROOM = 128

/** Who somebody is, as unix(7) tells it: ids as the reader's user namespace has them, its overflow ids where it has none. */
export type PeerCredentials = { readonly pid: number; readonly uid: Id; readonly gid: Id }

/** What comes with a byte: who sent it, and a descriptor the receiver has from now on and closes. */
export type Received = { readonly credentials: PeerCredentials | undefined; readonly descriptor: number | undefined }

/** Who listens, and the address others connect to. */
export type Listener = { readonly fd: number; readonly address: Uint8Array }

/**
 * Listens at an abstract address of the kernel's choice (autobind of unix(7)), which everybody in the caller's network
 * namespace can connect to and nobody else has. The caller closes the descriptor.
 */
export function listen(caller: Caller): Listener {
  const fd = openSocket(caller)
  const family = Buffer.alloc(2)
  family.writeUInt16LE(AF_UNIX)
  call(caller, 'bind', [fd, family, family.length], [`fd ${fd}`])
  call(caller, 'listen', [fd, 1])
  const [address, length] = [caller.scratch.reserve(ADDRESS_BYTES), caller.scratch.reserve(4)]
  length.bytes.writeUInt32LE(ADDRESS_BYTES)
  call(caller, 'getsockname', [fd, address.address, length.address], [`fd ${fd}`])
  return { fd, address: Buffer.from(address.bytes.subarray(0, length.bytes.readUInt32LE())) }
}

/** Connects to who listens there; the ids the other end will see of the caller are those of this moment. ECONNREFUSED: nobody listens any more. */
export function connectTo(caller: Caller, address: Uint8Array): number {
  const fd = openSocket(caller)
  call(caller, 'connect', [fd, address, address.length], [`@${Buffer.from(address).toString('latin1', 3)}`])
  return fd
}

/** The next who connected. From now on what they send comes with who they are (SO_PASSCRED). */
export function acceptWithCredentials(caller: Caller, socket: number): number {
  const connection = call(caller, 'accept4', [socket, 0, 0, SOCK_CLOEXEC])
  const on = caller.scratch.reserve(4)
  on.bytes.writeInt32LE(1)
  call(caller, 'setsockopt', [connection, SOL_SOCKET, SO_PASSCRED, on.address, 4], [`fd ${connection}`, 'SO_PASSCRED'])
  return connection
}

/** SO_PEERCRED: who was at the other end when it was connected, and for who connected, when it was listened at (`cred_to_ucred()` in net/core/sock.c). */
export function peerCredentials(caller: Caller, socket: number): PeerCredentials {
  const { scratch } = caller
  const [ucred, length] = [scratch.reserve(UCRED_BYTES), scratch.reserve(4)]
  length.bytes.writeUInt32LE(UCRED_BYTES)
  const args = [socket, SOL_SOCKET, SO_PEERCRED, ucred.address, length.address]
  call(caller, 'getsockopt', args, [`fd ${socket}`, 'SO_PEERCRED'])
  return readUcred(ucred.bytes)
}

/**
 * Sends a byte, with credentials (SCM_CREDENTIALS) and a copy of a descriptor (SCM_RIGHTS) if there are any. EINVAL: the
 * sender's user namespace does not have an id of the credentials; EPERM: they are not its own, and CAP_SETUID,
 * CAP_SETGID or, for the pid, CAP_SYS_ADMIN is missing (`scm_check_creds()` in net/core/scm.c).
 */
export function sendByte(caller: Caller, socket: number, { credentials, descriptor }: Partial<Received> = {}): void {
  const control = [
    ...(credentials === undefined ? [] : [{ type: SCM_CREDENTIALS, data: ucredOf(credentials) }]),
    ...(descriptor === undefined ? [] : [{ type: SCM_RIGHTS, data: number32(descriptor) }]),
  ]
  const { address } = layMessage(caller.scratch, control)
  call(caller, 'sendmsg', [socket, address, 0], () => [
    `fd ${socket}`,
    ...(credentials === undefined ? [] : [`SCM_CREDENTIALS ${credentials.uid}:${credentials.gid}`]),
    ...(descriptor === undefined ? [] : [`SCM_RIGHTS fd ${descriptor}`]),
  ])
}

/** Waits for a byte, and takes what came with it. */
export function receiveByte(caller: Caller, socket: number): Received {
  const message = layMessage(caller.scratch, { room: ROOM })
  call(caller, 'recvmsg', [socket, message.address, MSG_CMSG_CLOEXEC], [`fd ${socket}`])
  const sent = (type: number) => message.received().find(each => each.type === type)?.data
  const [ucred, descriptor] = [sent(SCM_CREDENTIALS), sent(SCM_RIGHTS)]
  return {
    credentials: ucred === undefined ? undefined : readUcred(Buffer.from(ucred)),
    descriptor: descriptor === undefined ? undefined : Buffer.from(descriptor).readInt32LE(),
  }
}

function openSocket(caller: Caller): number {
  return call(caller, 'socket', [AF_UNIX, SOCK_STREAM_CLOEXEC, 0], ['AF_UNIX', 'SOCK_STREAM'])
}

function ucredOf({ pid, uid, gid }: PeerCredentials): Buffer {
  const ucred = Buffer.alloc(UCRED_BYTES)
  ucred.writeInt32LE(pid, 0)
  ucred.writeUInt32LE(uid, 4)
  ucred.writeUInt32LE(gid, 8)
  return ucred
}

function readUcred(ucred: Buffer): PeerCredentials {
  return { pid: ucred.readInt32LE(0), uid: ucred.readUInt32LE(4), gid: ucred.readUInt32LE(8) }
}

function number32(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(number)
  return bytes
}
