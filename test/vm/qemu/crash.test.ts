import { expect, test } from 'vitest'
import { type CrashKind, detectCrash } from '../../../vm/qemu/crash.ts'

// As the consoles of real kernels had them.
const trouble: Readonly<Record<CrashKind, readonly string[]>> = {
  panic: [
    '[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    '[    2.013370] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100',
    '[   12.345678] Kernel panic - not syncing: Fatal exception in interrupt',
    '[   12.345678][   T211] Kernel panic - not syncing: KASAN: panic_on_warn set ...',
    '[   12.345678] traps: PANIC: double fault, error_code: 0x0',
    'Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: do_idmap+0x1f/0x20',
  ],
  oops: [
    '[   12.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008',
    '[   12.000001] BUG: unable to handle page fault for address: ffffc90000a3f000',
    '[   12.000001] BUG: unable to handle kernel NULL pointer dereference at 0000000000000008',
    '[   12.000001] BUG: TASK stack guard page was hit at 00000000d5b3c1f1 (stack is 000000009d2c1b0a..00000000c8c2a9d3)',
    '[   12.000002] Oops: 0002 [#1] PREEMPT SMP NOPTI',
    '[   12.000002][  T1337] Oops: Oops: 0000 [#1] SMP KASAN NOPTI',
    '[   12.000002] Oops: general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP',
    '[   12.000003] general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP',
    '[   12.000003] general protection fault: 0000 [#1] SMP PTI',
    '[   12.000004] invalid opcode: 0000 [#1] PREEMPT SMP NOPTI',
    '[   12.000004] divide error: 0000 [#1] SMP PTI',
    '[   12.000007] Unable to handle kernel paging request at virtual address dead000000000108',
  ],
  BUG: [
    '[   12.000004] kernel BUG at fs/attr.c:187!',
    '[   12.000004][  T211] kernel BUG at fs/ext4/inode.c:2715!',
    '[   12.000005] BUG: Bad page state in process node  pfn:12345',
    '[   12.000006] BUG: scheduling while atomic: node/211/0x00000002',
    '[   12.000006] BUG: sleeping function called from invalid context at kernel/locking/mutex.c:585',
    '[   12.000006] BUG: Dentry 00000000d5b3c1f1{i=2c,n=a}  still in use (1) [unmount of ext4 vdb]',
    '[   12.000006] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 34s!',
  ],
  KASAN: [
    '[   30.100000] BUG: KASAN: slab-use-after-free in make_vfsuid+0x4c/0x90',
    '[   30.100000][  T4711] BUG: KASAN: slab-out-of-bounds in map_id_range_down+0x11d/0x160',
    '[   30.100000] BUG: KASAN: null-ptr-deref in mnt_idmap_get+0x1c/0x50',
  ],
  KMSAN: ['[   30.100000] BUG: KMSAN: uninit-value in ovl_copy_up_one+0x1b2/0x900'],
  KCSAN: [
    '[   30.100000] BUG: KCSAN: data-race in mnt_idmap_put / mnt_idmap_get',
    '[   30.100000] BUG: KCSAN: assert: race in dio_complete+0x10/0x20',
  ],
  KFENCE: [
    '[   30.100000] BUG: KFENCE: use-after-free read in ext4_setattr+0x2a/0x9f0',
    '[   30.100000] BUG: KFENCE: memory corruption in kfree+0x8e/0x2e0',
  ],
  UBSAN: [
    '[   30.100000] UBSAN: array-index-out-of-bounds in kernel/user_namespace.c:300:14',
    '[   30.100000] UBSAN: shift-out-of-bounds in ./include/linux/log2.h:57:13',
    '[   30.100000][    C0] UBSAN: Undefined behaviour in fs/ext4/super.c:3011:3',
  ],
  'soft lockup': [
    '[   60.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [node:211]',
    '[   60.000000] NMI watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/1:2:77]',
    '[   60.000000][    C0] watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [swapper/0:1]',
  ],
  'hard lockup': [
    '[   60.000000] watchdog: Watchdog detected hard LOCKUP on cpu 0',
    '[   60.000000] NMI watchdog: Watchdog detected hard LOCKUP on cpu 1',
    '[   60.000000] watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 0',
  ],
  'hung task': [
    '[  242.000000] INFO: task jbd2/vdb-8:123 blocked for more than 120 seconds.',
    '[  242.000000] INFO: task node:211 blocked in I/O wait for more than 122 seconds.',
    '[  242.000000][   T32] INFO: task kworker/u2:1 mnt:77 blocked for more than 143 seconds.',
  ],
  'RCU stall': [
    '[   26.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
    '[   26.000000] rcu: INFO: rcu_sched self-detected stall on CPU',
    '[   26.000000][    C0] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-.... } 21 jiffies s: 5',
    '[   26.000000] INFO: rcu_sched self-detected stall on CPU { 0}  (t=21000 jiffies)',
    '[   26.000000] INFO: rcu_tasks detected stalls on tasks:',
  ],
  lockdep: [
    'WARNING: possible circular locking dependency detected',
    'WARNING: possible recursive locking detected',
    'WARNING: possible irq lock inversion dependency detected',
    'WARNING: inconsistent lock state',
    'WARNING: bad unlock balance detected!',
    'WARNING: suspicious RCU usage',
    '[    9.876543][  T211] WARNING: possible circular locking dependency detected',
    '[    9.876543] WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected',
    '[    9.876543] WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected',
    '[    9.876543] WARNING: node/211 still has locks held!',
    '[    9.876543] WARNING: held lock freed!',
    '[    9.876543] [ BUG: Invalid wait context ]',
    '[    9.876543] INFO: trying to register non-static key.',
    '[    9.876543] INFO: possible circular locking dependency detected',
  ],
  WARNING: [
    '[    7.654321] WARNING: CPU: 0 PID: 211 at fs/namespace.c:4512 do_idmap_mount+0x1c1/0x2f0',
    '[    7.654321][  T211] WARNING: CPU: 0 PID: 211 at fs/attr.c:39 setattr_prepare+0x1d1/0x250',
    '[    7.654321] WARNING: fs/namespace.c:4512 at do_idmap_mount+0x1c1/0x2f0, CPU#0: node/211',
    '[    7.654321] WARNING: at do_idmap_mount+0x1c1/0x2f0, CPU#0: node/211',
    'a line nobody ended[    7.654321] WARNING: CPU: 0 PID: 211 at fs/namespace.c:4512 do_idmap_mount+0x1c1/0x2f0',
  ],
}

const cases = Object.entries(trouble).flatMap(([kind, lines]) => lines.map(line => [line, kind] as const))

test.each(cases)('%s is a case of %s', (line, kind) => {
  expect(detectCrash(line)).toEqual({ kind, line })
})

const harmless = [
  '[    0.000000] Linux version 6.12.94+deb13-cloud-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC',
  '[    0.000000] Command line: console=ttyS0 panic=-1 cryptomgr.notests no_timer_check',
  '[    0.000000] [Firmware Bug]: TSC doesn’t count with P0 frequency!',
  '[    0.000000] [Firmware Bug]: CPU 0: APIC ID mismatch. CPUID: 0x0000 APIC: 0x0001',
  '[    0.012345] Kernel command line: console=ttyS0 panic=-1 oops=panic hung_task_panic=1',
  '[    0.024680] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!',
  '[    0.024681] MDS: Vulnerable: Clear CPU buffers attempted, no microcode',
  '[    0.031867] rcu: Hierarchical RCU implementation.',
  '[    0.031868] rcu: 	RCU event tracing is enabled.',
  '[    0.031869] rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.',
  '[    0.100000] ACPI: 1 ACPI AML tables successfully acquired and loaded',
  '[    0.150000] ACPI BIOS Error (bug): Failure creating named object [\\_SB.PCI0], AE_ALREADY_EXISTS',
  '[    0.200000] hung_task: khungtaskd watches for tasks blocked for long',
  '[    0.250000] sysctl: kernel.hung_task_timeout_secs: task blocked for more than 120 seconds is told of',
  '[    0.300000] NMI watchdog: Perf NMI watchdog permanently disabled',
  '[    0.350000] watchdog: Delayed init of the lockup detector failed: -19',
  '[    0.400000] kernel: debug: ignoring loglevel setting.',
  '[    0.450000] DEBUG: this driver was built with debugging',
  '[    0.500000] ubsan: handlers registered',
  '[    0.550000] kasan: KernelAddressSanitizer initialized (generic)',
  '[    0.560000] kfence: initialized - using 2097152 bytes for 255 objects',
  '[    0.570000] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar',
  '[    0.580000] kcsan: enabled early',
  '[    0.600000] virtio_blk virtio2: [vda] 32768 512-byte logical blocks (16.8 MB/16.0 MiB)',
  '[    0.700000] e1000 0000:00:03.0: WARNING: this driver is not supported any more',
  '[    0.700001] usb 1-1: warning: CPU: 0 PID: 1 at home',
  '[    0.700002] foo: BUG: the vendor’s own word for a broken cable',
  '[    0.700003] WARNING: the module foo is out of date',
  '[    1.000000] EXT4-fs (vdb): warning: mounting unchecked fs, running e2fsck is recommended',
  '[    1.000001] EXT4-fs error (device vdb): ext4_lookup:1855: inode #2: comm node: iget: checksum invalid',
  '[    1.100000] overlayfs: upper fs does not support tmpfile.',
  '[    1.200000] process ’node’ used the deprecated sysctl system call: this is a warning',
  '[    1.300000] traps: node[211] general protection fault ip:55d0c0 sp:7ffc10 error:0 in node[400000+1000]',
  '[    1.300001] traps: node[211] trap invalid opcode ip:55d0c0 sp:7ffc10 error:0 in node[400000+1000]',
  '[    1.300002] traps: node[211] trap divide error ip:55d0c0 sp:7ffc10 error:0 in node[400000+1000]',
  '[    1.400000] node[212]: segfault at 0 ip 000055d0c0 sp 00007ffc10 error 4 in node[400000+1000]',
  '[    1.500000] Out of memory: Killed process 211 (node) total-vm:1048576kB, anon-rss:524288kB',
  '[    1.600000] sysrq: Show Blocked State',
  '[    1.700000] Disabling lock debugging due to kernel taint',
  '(node:1) Warning: Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable',
  'node: WARNING: CPU usage is high',
  'the test says BUG: it is one',
  'idmaplab: init: no trouble here',
]

test.each(harmless)('%s is nothing to worry about', line => {
  expect(detectCrash(line)).toBeUndefined()
})
