import { expect, test } from 'vitest'
import { kernelCommandLine, type Machine, qemuArguments } from '../../../vm/qemu/argv.ts'

const machine: Machine = {
  accelerator: 'tcg',
  memoryMiB: 768,
  kernel: '/cache/vmlinuz',
  initramfs: '/cache/initramfs.zst',
  disks: [
    { serial: 'root', image: '/cache/root.img', readOnly: true },
    { serial: 'data', image: '/run/data.img', readOnly: false },
  ],
}

/** What follows each occurrence of an option. */
function valuesOf(option: string, args: readonly string[]): string[] {
  return args.flatMap((arg, i) => (arg === option ? [args[i + 1] ?? ''] : []))
}

test('a guest is started with these arguments', () => {
  expect(
    qemuArguments(machine).join('\n').replaceAll('\n-', '\u0000-').replaceAll('\n', ' ').split('\u0000'),
  ).toMatchInlineSnapshot(`
    [
      "-machine pc",
      "-accel tcg",
      "-cpu Nehalem,-cx16",
      "-smp 1",
      "-m 768M",
      "-nodefaults",
      "-no-user-config",
      "-display none",
      "-no-reboot",
      "-kernel /cache/vmlinuz",
      "-initrd /cache/initramfs.zst",
      "-append console=ttyS0 panic=-1 cryptomgr.notests no_timer_check i8042.noaux i8042.nokbd random.trust_cpu=on",
      "-chardev socket,id=console,fd=4",
      "-serial chardev:console",
      "-chardev socket,id=agent,fd=3",
      "-device virtio-serial-pci",
      "-device virtserialport,chardev=agent,name=idmaplab.agent",
      "-object rng-random,id=entropy,filename=/dev/urandom",
      "-device virtio-rng-pci,rng=entropy",
      "-blockdev {"driver":"raw","node-name":"root","read-only":true,"file":{"driver":"file","filename":"/cache/root.img","read-only":true,"locking":"auto"}}",
      "-device virtio-blk-pci,drive=root,serial=root",
      "-blockdev {"driver":"raw","node-name":"data","read-only":false,"file":{"driver":"file","filename":"/run/data.img","read-only":false,"locking":"auto"}}",
      "-device virtio-blk-pci,drive=data,serial=data",
      "-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
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
  expect(valuesOf('-device', args).map(device => device.split(',')[0])).toEqual([
    'virtio-serial-pci',
    'virtserialport',
    'virtio-rng-pci',
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
    ['root', true, true],
    ['data', false, false],
  ])
  expect(args).toContain('virtio-blk-pci,drive=data,serial=data')
})

test('the kernel speaks on the serial port, and a panic ends the guest instead of halting it', () => {
  expect(kernelCommandLine()).toEqual(expect.arrayContaining(['console=ttyS0', 'panic=-1']))
  expect(kernelCommandLine()).not.toContain('quiet')
  expect(qemuArguments(machine)).toContain('-no-reboot')
})
