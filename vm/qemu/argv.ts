import { PORT_NAME } from '../agent-port.ts'
import type { Accelerator } from './accelerator.ts'

export type GuestDisk = {
  /** What the guest finds in /sys/block/vd?/serial; at most 20 bytes. */
  readonly serial: string
  /** Absolute path of a raw image. */
  readonly image: string
  readonly readOnly: boolean
}

export type Machine = {
  readonly accelerator: Accelerator
  readonly memoryMiB: number
  readonly kernel: string
  readonly initramfs: string
  readonly disks: readonly GuestDisk[]
}

/** File descriptors QEMU inherits: sockets without a name, so that nothing is left behind however a run ends. */
const AGENT_FD = 3
const CONSOLE_FD = 4

/** Everything after `qemu-system-x86_64`. */
export function qemuArguments(machine: Machine): string[] {
  return [
    ...machineArguments(machine),
    ...bootArguments(machine),
    ...consoleArguments(),
    ...agentArguments(),
    ...machine.disks.flatMap(diskArguments),
    ...sandboxArguments(),
  ]
}

// microvm hangs under TCG. A named CPU keeps what the guest sees the same everywhere, and Node needs x86-64-v2: Nehalem.
// Without cx16: QEMU 7.2's TCG sometimes delivers an interrupt after a cmpxchg16b with garbage for flags, and the kernel's
// allocator uses one at every turn: 3 of 30 boots of 6.12 died of a double fault there, none of 20 without it.
function machineArguments({ accelerator, memoryMiB }: Machine): string[] {
  const cpu = accelerator === 'kvm' ? 'host' : 'Nehalem,-cx16'
  return [
    ...['-machine', 'pc', '-accel', accelerator, '-cpu', cpu, '-smp', '1', '-m', `${memoryMiB}M`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
  ]
}

function bootArguments({ kernel, initramfs }: Machine): string[] {
  return ['-kernel', kernel, '-initrd', initramfs, '-append', kernelCommandLine().join(' ')]
}

/** `cryptomgr.notests` saves 0.9 s of a TCG boot; the console stays loud, `quiet` saves nothing; a panic must end QEMU. */
export function kernelCommandLine(): string[] {
  return [
    'console=ttyS0',
    'panic=-1',
    'cryptomgr.notests',
    'no_timer_check',
    'i8042.noaux',
    'i8042.nokbd',
    'random.trust_cpu=on',
  ]
}

// The serial port is the one device every kernel has at boot without a module.
function consoleArguments(): string[] {
  return ['-chardev', `socket,id=console,fd=${CONSOLE_FD}`, '-serial', 'chardev:console']
}

function agentArguments(): string[] {
  return [
    ...['-chardev', `socket,id=agent,fd=${AGENT_FD}`],
    ...['-device', 'virtio-serial-pci', '-device', `virtserialport,chardev=agent,name=${PORT_NAME}`],
    ...['-object', 'rng-random,id=entropy,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=entropy'],
  ]
}

// JSON, because a comma in a file's name would end it in the option syntax. The guest's flushes are all the safety an image needs that is read when the guest let go.
function diskArguments({ serial, image, readOnly }: GuestDisk): string[] {
  const file = { driver: 'file', filename: image, 'read-only': readOnly, locking: 'auto' }
  const node = { driver: 'raw', 'node-name': serial, 'read-only': readOnly, file }
  return ['-blockdev', JSON.stringify(node), '-device', `virtio-blk-pci,drive=${serial},serial=${serial}`]
}

function sandboxArguments(): string[] {
  return ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny']
}
