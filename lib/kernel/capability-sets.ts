import { type Caller, call } from './caller.ts'

const CAPABILITY_VERSION_3 = 0x20080522
/** struct __user_cap_header_struct and two struct __user_cap_data_struct (include/uapi/linux/capability.h). */
export const CAPABILITY_HEADER_BYTES = 8
export const CAPABILITY_DATA_BYTES = 24

/** The numbers of the capabilities this library asks about: bit n of a set is capability n. */
export const Capability = { setgid: 6, setuid: 7, sysChroot: 18, sysAdmin: 21, setfcap: 31 } as const

/** A thread's capabilities, each a set of bits. */
export type CapabilitySets = {
  readonly effective: bigint
  readonly permitted: bigint
  readonly inheritable: bigint
}

/** capget(2): the caller's own sets, which count for its user namespace and those below. */
export function capabilitySets(caller: Caller): CapabilitySets {
  const data = caller.scratch.reserve(CAPABILITY_DATA_BYTES)
  call(caller, 'capget', [header(), data.address], ['self'])
  const wide = (at: number) => BigInt(data.bytes.readUInt32LE(at)) | (BigInt(data.bytes.readUInt32LE(at + 12)) << 32n)
  return { effective: wide(0), permitted: wide(4), inheritable: wide(8) }
}

/** capset(2): EPERM when one is to be permitted that was not before. */
export function setCapabilitySets(caller: Caller, sets: CapabilitySets): void {
  const data = Buffer.alloc(CAPABILITY_DATA_BYTES)
  const order = [sets.effective, sets.permitted, sets.inheritable]
  order.forEach((set, i) => {
    data.writeUInt32LE(Number(set & 0xffffffffn), 4 * i)
    data.writeUInt32LE(Number((set >> 32n) & 0xffffffffn), 4 * i + 12)
  })
  call(caller, 'capset', [header(), data], [order.map(set => `0x${set.toString(16)}`).join(' ')])
}

/** Whether the capability is in the caller's effective set. */
export function hasCapability(caller: Caller, capability: number): boolean {
  return ((capabilitySets(caller).effective >> BigInt(capability)) & 1n) === 1n
}

function header(): Buffer {
  const bytes = Buffer.alloc(CAPABILITY_HEADER_BYTES)
  bytes.writeUInt32LE(CAPABILITY_VERSION_3, 0)
  return bytes
}
