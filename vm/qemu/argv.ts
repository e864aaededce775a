import { AGENT_PORT, TERMINAL_PORT } from '../agent-port.ts'
import type { Accelerator } from './accelerator.ts'

/** What a guest's disks hang on. */
export type DiskBus = 'virtio' | 'nvme'

export type GuestDisk = {
  /** What the guest finds in /sys/block/vd?/serial, or /sys/block/nvme?n1/device/serial; at most 20 bytes. */
  readonly serial: string
  /** Absolute path of a raw image. */
  readonly image: string
  readonly readOnly: boolean
}

/** The guest's memory: of this run alone, or a file that is frozen into or restored from. */
export type GuestMemory = {
  readonly mib: number
  /** `share`: what the guest writes goes into the file; otherwise it is a private copy and the file stays as it is. */
  readonly file?: { readonly path: string; readonly share: boolean }
}

/** What not every QEMU has, and a guest can do without. */
export type QemuFeatures = {
  /** It was built with seccomp, and the host lets it filter its own system calls. */
  readonly sandbox: boolean
  /** It has a device through which a kernel says that it panicked. */
  readonly pvpanic: boolean
}

/** What every guest forbids its QEMU. */
export const SANDBOX = ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'] as const

export type Machine = {
  readonly accelerator: Accelerator
  readonly memory: GuestMemory
  /** `incoming`: it waits for a frozen machine's state; that has a kernel in it. */
  readonly start: { readonly kernel: string; readonly initramfs: string } | 'incoming'
  /** A slot without a disk holds an empty one, so that the machine is the same whatever is put in. */
  readonly disks: readonly (GuestDisk | 'empty')[]
  readonly diskBus: DiskBus
  readonly features: QemuFeatures
}

/** File descriptors QEMU inherits: sockets without a name, so that nothing is left behind however a run ends. */
export const QemuFd = { agent: 3, console: 4, qmp: 5, state: 6, terminal: 7 } as const

/** Everything after `qemu-system-x86_64`. */
export function qemuArguments(machine: Machine): string[] {
  return [
    ...machineArguments(machine),
    ...memoryArguments(machine.memory),
    ...startArguments(machine),
    ...consoleArguments(),
    ...monitorArguments(),
    ...portArguments(),
    ...panicArguments(machine.features),
    ...machine.disks.flatMap((disk, slot) => diskArguments(disk, slot, machine.diskBus)),
    ...(machine.features.sandbox ? SANDBOX : []),
  ]
}

// microvm hangs under TCG. A named CPU keeps what the guest sees the same everywhere, and Node needs x86-64-v2: Nehalem.
// Without cx16: QEMU 7.2's TCG sometimes delivers an interrupt after a cmpxchg16b with garbage for flags, and the kernel's
// allocator uses one at every turn: 3 of 30 boots of 6.12 died of a double fault there, none of 20 without it.
function machineArguments({ accelerator }: Machine): string[] {
  const cpu = accelerator === 'kvm' ? 'host' : 'Nehalem,-cx16'
  return [
    ...['-machine', 'pc,memory-backend=ram', '-accel', accelerator, '-cpu', cpu, '-smp', '1'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
  ]
}

// A memory-backend-file and no memfd: since QEMU 8.1 the migration leaves out named files only (b0182e537e).
function memoryArguments({ mib, file }: GuestMemory): string[] {
  const size = mib * 1024 * 1024
  const backend =
    file === undefined
      ? { 'qom-type': 'memory-backend-ram', id: 'ram', size }
      : { 'qom-type': 'memory-backend-file', id: 'ram', size, 'mem-path': file.path, share: file.share }
  return ['-m', `${mib}M`, '-object', JSON.stringify(backend)]
}

function startArguments({ start }: Machine): string[] {
  if (start === 'incoming') return ['-incoming', 'defer']
  return ['-kernel', start.kernel, '-initrd', start.initramfs, '-append', kernelCommandLine().join(' ')]
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
  return [...socket('console', QemuFd.console), '-serial', 'chardev:console']
}

function monitorArguments(): string[] {
  return [...socket('qmp', QemuFd.qmp), '-mon', 'chardev=qmp,mode=control']
}

function portArguments(): string[] {
  return [
    ...[...socket('agent', QemuFd.agent), ...socket('terminal', QemuFd.terminal), '-device', 'virtio-serial-pci'],
    ...['-device', `virtserialport,chardev=agent,name=${AGENT_PORT}`],
    ...['-device', `virtserialport,chardev=terminal,name=${TERMINAL_PORT}`],
    ...['-object', 'rng-random,id=entropy,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=entropy'],
  ]
}

// A kernel that panics says so through it even when its console is silent. On the ISA bus, where every driver since 3.12 looks.
function panicArguments({ pvpanic }: QemuFeatures): string[] {
  return pvpanic ? ['-device', 'pvpanic'] : []
}

function socket(id: string, fd: number): string[] {
  return ['-chardev', `socket,id=${id},fd=${fd}`]
}

/** What the guest has flushed is in this machine's page cache, where whoever reads the image finds it; to sync it as well takes a busy disk seconds, and saves from power cuts only. */
const UNSYNCED = { 'no-flush': true }

// JSON, because a comma in a file's name would end it in the option syntax.
function diskArguments(disk: GuestDisk | 'empty', slot: number, bus: DiskBus): string[] {
  const node = `disk${slot}`
  const device = { driver: bus === 'nvme' ? 'nvme' : 'virtio-blk-pci', id: `slot${slot}`, drive: node }
  if (disk === 'empty')
    return ['-blockdev', `driver=null-co,node-name=${node},size=0`, '-device', JSON.stringify(device)]
  const file = { driver: 'file', filename: disk.image, 'read-only': disk.readOnly, locking: 'auto' }
  const raw = { driver: 'raw', 'node-name': node, 'read-only': disk.readOnly, cache: UNSYNCED, file }
  return ['-blockdev', JSON.stringify(raw), '-device', JSON.stringify({ ...device, serial: disk.serial })]
}
