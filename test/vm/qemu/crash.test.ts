import { expect, test } from 'vitest'
import { type Crash, detectCrash } from '../../../vm/qemu/crash.ts'

// As the consoles of real kernels had them.
const trouble: Readonly<Record<Crash['kind'], readonly string[]>> = {
  panic: [
    '[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    '[    2.013370] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100',
    '[   12.345678] Kernel panic - not syncing: Fatal exception in interrupt',
    'Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: do_idmap+0x1f/0x20',
  ],
  oops: [
    '[   12.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008',
    '[   12.000001] BUG: unable to handle page fault for address: ffffc90000a3f000',
    '[   12.000002] Oops: 0002 [#1] PREEMPT SMP NOPTI',
    '[   12.000002] Oops: general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP',
    '[   12.000003] general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP',
    '[   12.000003] general protection fault: 0000 [#1] SMP PTI',
    '[   12.000004] kernel BUG at fs/attr.c:187!',
    '[   12.000005] BUG: Bad page state in process node  pfn:12345',
    '[   12.000006] BUG: scheduling while atomic: node/211/0x00000002',
    '[   12.000007] Unable to handle kernel paging request at virtual address dead000000000108',
  ],
  sanitizer: [
    '[   30.100000] BUG: KASAN: slab-use-after-free in make_vfsuid+0x4c/0x90',
    '[   30.100000] BUG: KMSAN: uninit-value in ovl_copy_up_one+0x1b2/0x900',
    '[   30.100000] BUG: KCSAN: data-race in mnt_idmap_put / mnt_idmap_get',
    '[   30.100000] BUG: KFENCE: use-after-free read in ext4_setattr+0x2a/0x9f0',
    '[   30.100000] UBSAN: array-index-out-of-bounds in kernel/user_namespace.c:300:14',
  ],
  'hung task': [
    '[   60.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [node:211]',
    '[   60.000000] NMI watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/1:2:77]',
    '[   60.000000] watchdog: Watchdog detected hard LOCKUP on cpu 0',
    '[  242.000000] INFO: task jbd2/vdb-8:123 blocked for more than 120 seconds.',
    '[  242.000000] INFO: task node:211 blocked in I/O wait for more than 122 seconds.',
    '[   26.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
    '[   26.000000] rcu: INFO: rcu_sched self-detected stall on CPU',
  ],
  lockdep: [
    'WARNING: possible circular locking dependency detected',
    'WARNING: possible recursive locking detected',
    'WARNING: possible irq lock inversion dependency detected',
    'WARNING: inconsistent lock state',
    'WARNING: bad unlock balance detected!',
    'WARNING: suspicious RCU usage',
    '[    9.876543] INFO: possible circular locking dependency detected',
  ],
  warning: [
    '[    7.654321] WARNING: CPU: 0 PID: 211 at fs/namespace.c:4512 do_idmap_mount+0x1c1/0x2f0',
    '[    7.654321] WARNING: fs/namespace.c:4512 at do_idmap_mount+0x1c1/0x2f0, CPU#0: node/211',
    '[    7.654321] WARNING: at do_idmap_mount+0x1c1/0x2f0, CPU#0: node/211',
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
  '[    0.012345] Kernel command line: console=ttyS0 panic=-1 oops=panic hung_task_panic=1',
  '[    0.024680] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!',
  '[    0.024681] MDS: Vulnerable: Clear CPU buffers attempted, no microcode',
  '[    0.031867] rcu: Hierarchical RCU implementation.',
  '[    0.031868] rcu: 	RCU event tracing is enabled.',
  '[    0.100000] ACPI: 1 ACPI AML tables successfully acquired and loaded',
  '[    0.200000] hung_task: khungtaskd watches for tasks blocked for long',
  '[    0.300000] NMI watchdog: Perf NMI watchdog permanently disabled',
  '[    0.350000] watchdog: Delayed init of the lockup detector failed: -19',
  '[    0.400000] kernel: debug: ignoring loglevel setting.',
  '[    0.450000] DEBUG: this driver was built with debugging',
  '[    0.500000] ubsan: handlers registered',
  '[    0.550000] kasan: KernelAddressSanitizer initialized (generic)',
  '[    0.600000] virtio_blk virtio2: [vda] 32768 512-byte logical blocks (16.8 MB/16.0 MiB)',
  '[    1.000000] EXT4-fs (vdb): warning: mounting unchecked fs, running e2fsck is recommended',
  '[    1.100000] overlayfs: upper fs does not support tmpfile.',
  '[    1.200000] process ’node’ used the deprecated sysctl system call: this is a warning',
  '[    1.300000] traps: node[211] general protection fault ip:55d0c0 sp:7ffc10 error:0 in node[400000+1000]',
  '[    1.400000] node[212]: segfault at 0 ip 000055d0c0 sp 00007ffc10 error 4 in node[400000+1000]',
  '(node:1) Warning: Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable',
  'idmaplab: init: no trouble here',
]

test.each(harmless)('%s is nothing to worry about', line => {
  expect(detectCrash(line)).toBeUndefined()
})
