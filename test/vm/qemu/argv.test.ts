import { expect, test } from 'vitest'
import { kernelCommandLine, type Machine, qemuArguments } from '../../../vm/qemu/argv.ts'

const machine: Machine = {
  accelerator: 'tcg',
  memory: { mib: 768 },
  start: { kernel: '/cache/vmlinuz', initramfs: '/cache/initramfs.cpio' },
  disks: [
    { serial: 'root', image: '/cache/root.img', readOnly: true },
    { serial: 'data', image: '/run/data.img', readOnly: false },
  ],
  diskBus: 'virtio',
  features: { sandbox: true, pvpanic: true },
}

/** What follows each occurrence of an option. */
function valuesOf(option: string, args: readonly string[]): string[] {
  return args.flatMap((arg, i) => (arg === option ? [args[i + 1] ?? ''] : []))
}

/** One string for each option, with its value. */
function optionsOf(wanted: Machine): string[] {
  return qemuArguments(wanted).join('\n').replaceAll('\n-', '\u0000-').replaceAll('\n', ' ').split('\u0000')
}

test('a guest is started with these arguments', () => {
  expect(optionsOf(machine)).toMatchInlineSnapshot(`
    [
      "-machine pc,memory-backend=ram",
      "-accel tcg",
      "-cpu Nehalem,-cx16",
      "-smp 1",
      "-nodefaults",
      "-no-user-config",
      "-display none",
      "-no-reboot",
      "-m 768M",
      "-object {"qom-type":"memory-backend-ram","id":"ram","size":805306368}",
      "-kernel /cache/vmlinuz",
      "-initrd /cache/initramfs.cpio",
      "-append console=ttyS0 panic=-1 cryptomgr.notests no_timer_check i8042.noaux i8042.nokbd random.trust_cpu=on",
      "-chardev socket,id=console,fd=4",
      "-serial chardev:console",
      "-chardev socket,id=qmp,fd=5",
      "-mon chardev=qmp,mode=control",
      "-chardev socket,id=agent,fd=3",
      "-chardev socket,id=terminal,fd=7",
      "-device virtio-serial-pci",
      "-device virtserialport,chardev=agent,name=idmaplab.agent",
      "-device virtserialport,chardev=terminal,name=idmaplab.terminal",
      "-object rng-random,id=entropy,filename=/dev/urandom",
      "-device virtio-rng-pci,rng=entropy",
      "-device pvpanic",
      "-blockdev {"driver":"raw","node-name":"disk0","read-only":true,"cache":{"no-flush":true},"file":{"driver":"file","filename":"/cache/root.img","read-only":true,"locking":"auto"}}",
      "-device {"driver":"virtio-blk-pci","id":"slot0","drive":"disk0","serial":"root"}",
      "-blockdev {"driver":"raw","node-name":"disk1","read-only":false,"cache":{"no-flush":true},"file":{"driver":"file","filename":"/run/data.img","read-only":false,"locking":"auto"}}",
      "-device {"driver":"virtio-blk-pci","id":"slot1","drive":"disk1","serial":"data"}",
      "-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    ]
  `)
})

test('the disks of a kernel without virtio_blk hang on NVMe', () => {
  const devices = valuesOf('-device', qemuArguments({ ...machine, diskBus: 'nvme' })).filter(text =>
    text.includes('slot'),
  )
  expect(devices.map(device => JSON.parse(device))).toEqual([
    { driver: 'nvme', id: 'slot0', drive: 'disk0', serial: 'root' },
    { driver: 'nvme', id: 'slot1', drive: 'disk1', serial: 'data' },
  ])
})

test('what this QEMU lacks is left out', () => {
  const args = optionsOf({ ...machine, features: { sandbox: false, pvpanic: false } })
  expect(args.filter(arg => /sandbox|pvpanic/.test(arg))).toEqual([])
})

const frozen = { path: '/cache/snapshots/1/ram', share: true }

test('a guest that is to be frozen has its memory in a shared file and slots for disks that come later', () => {
  const toFreeze: Machine = {
    ...machine,
    memory: { mib: 768, file: frozen },
    disks: [{ serial: 'root', image: '/cache/root.img', readOnly: true }, 'empty', 'empty'],
  }
  const before = optionsOf(machine)
  expect(optionsOf(toFreeze).filter(option => !before.includes(option))).toMatchInlineSnapshot(`
    [
      "-object {"qom-type":"memory-backend-file","id":"ram","size":805306368,"mem-path":"/cache/snapshots/1/ram","share":true}",
      "-blockdev driver=null-co,node-name=disk1,size=0",
      "-device {"driver":"virtio-blk-pci","id":"slot1","drive":"disk1"}",
      "-blockdev driver=null-co,node-name=disk2,size=0",
      "-device {"driver":"virtio-blk-pci","id":"slot2","drive":"disk2"}",
    ]
  `)
})

test('a restored guest has a private copy of the memory, no kernel of its own, and waits for the state', () => {
  const restored: Machine = {
    ...machine,
    memory: { mib: 768, file: { ...frozen, share: false } },
    start: 'incoming',
  }
  const booted = optionsOf(machine)
  const options = optionsOf(restored)
  expect(options.filter(option => !booted.includes(option))).toMatchInlineSnapshot(`
    [
      "-object {"qom-type":"memory-backend-file","id":"ram","size":805306368,"mem-path":"/cache/snapshots/1/ram","share":false}",
      "-incoming defer",
    ]
  `)
  expect(booted.filter(option => !options.includes(option))).toMatchInlineSnapshot(`
    [
      "-object {"qom-type":"memory-backend-ram","id":"ram","size":805306368}",
      "-kernel /cache/vmlinuz",
      "-initrd /cache/initramfs.cpio",
      "-append console=ttyS0 panic=-1 cryptomgr.notests no_timer_check i8042.noaux i8042.nokbd random.trust_cpu=on",
    ]
  `)
})

test('KVM shows the guest the machine’s own processor', () => {
  const args = qemuArguments({ ...machine, accelerator: 'kvm' })
  expect([valuesOf('-accel', args), valuesOf('-cpu', args)]).toEqual([['kvm'], ['host']])
})

test('no device is there that was not asked for, and none is a network', () => {
  const args = qemuArguments(machine)
  expect(args).toContain('-nodefaults')
  expect(args).toContain('-no-user-config')
  expect(args.filter(arg => /^-(nic|netdev|net)$|virtio-net|e1000|rtl8139/.test(arg))).toEqual([])
  expect(valuesOf('-device', args).map(device => /virt[\w-]+|pvpanic/.exec(device)?.[0])).toEqual([
    'virtio-serial-pci',
    'virtserialport',
    'virtserialport',
    'virtio-rng-pci',
    'pvpanic',
    'virtio-blk-pci',
    'virtio-blk-pci',
  ])
})

test.each(['/tmp/a,b.img', '/tmp/a"b.img', "/tmp/it's.img", '/tmp/a\\b.img', '/tmp/ä €.img', '/tmp/{"driver":"null"}'])(
  'the image path %s reaches QEMU as it is',
  image => {
    const [node = ''] = valuesOf(
      '-blockdev',
      qemuArguments({ ...machine, disks: [{ serial: 'd', image, readOnly: false }] }),
    )
    expect(JSON.parse(node)).toMatchObject({ driver: 'raw', file: { driver: 'file', filename: image } })
  },
)

test('a disk is found by its serial, and a read-only one is read-only down to its file', () => {
  const args = qemuArguments(machine)
  const nodes = valuesOf('-blockdev', args).map(node => JSON.parse(node))
  expect(nodes.map(node => [node['node-name'], node['read-only'], node.file['read-only']])).toEqual([
    ['disk0', true, true],
    ['disk1', false, false],
  ])
  const disks = valuesOf('-device', args).flatMap(device => (device.startsWith('{') ? [JSON.parse(device)] : []))
  expect(disks.map(({ drive, serial }) => [drive, serial])).toEqual([
    ['disk0', 'root'],
    ['disk1', 'data'],
  ])
})

test('the kernel speaks on the serial port, and a panic ends the guest instead of halting it', () => {
  expect(kernelCommandLine()).toEqual(expect.arrayContaining(['console=ttyS0', 'panic=-1']))
  expect(kernelCommandLine()).not.toContain('quiet')
  expect(qemuArguments(machine)).toContain('-no-reboot')
})
