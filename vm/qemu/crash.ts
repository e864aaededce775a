/** The kinds of trouble a kernel tells of, by the name its developers use. */
export const CRASH_KINDS = [
  'panic',
  'oops',
  'BUG',
  'WARNING',
  'KASAN',
  'KMSAN',
  'KCSAN',
  'KFENCE',
  'UBSAN',
  'lockdep',
  'hung task',
  'soft lockup',
  'hard lockup',
  'RCU stall',
] as const
export type CrashKind = (typeof CRASH_KINDS)[number]

/** What a kernel says on its console when it is in trouble: the line that tells of it. */
export type Crash = { readonly kind: CrashKind; readonly line: string }

/** The trouble a console line tells of, if any. */
export function detectCrash(line: string): Crash | undefined {
  const found = signs.find(([, pattern]) => pattern.test(line))
  return found === undefined ? undefined : { kind: found[0], line }
}

/** Whether the report a kernel began ends with this line; not every kind of report has such a line. */
export function endsReport(line: string): boolean {
  return /---\[ end (trace|Kernel panic)/.test(line)
}

// A report begins a line, behind the time and, with CONFIG_PRINTK_CALLER, the task. What a process wrote without ending its
// line may stand before the time. So a driver's "foo: BUG: …" and a process's "traps: … general protection fault" are not it.
const BEGINS = String.raw`(?:^|\[\s*\d+\.\d+\](?:\[\s*[CT]\d+\])? )`

function begins(pattern: string): RegExp {
  return new RegExp(`${BEGINS}(?:${pattern})`)
}

// Each as the kernel's own source prints it. The first that matches names the kind, so the special cases of "BUG:" and
// "WARNING:" come before the rest of them.
const signs: readonly (readonly [CrashKind, RegExp])[] = [
  ['panic', begins('Kernel panic - not syncing|(traps: )?PANIC: double fault')],
  ['KASAN', begins('BUG: KASAN: ')],
  ['KMSAN', begins('BUG: KMSAN: ')],
  ['KCSAN', begins('BUG: KCSAN: ')],
  ['KFENCE', begins('BUG: KFENCE: ')],
  ['UBSAN', begins(String.raw`UBSAN: [\w -]+ in \S+:\d+`)],
  // lib/lockdep: "[ BUG: Invalid wait context ]"; "INFO:" instead of "WARNING:" up to 4.11 and for the unannotated lock.
  ['lockdep', begins(String.raw`(?:\[ )?BUG: Invalid wait context|INFO: trying to register non-static key`)],
  ['lockdep', begins('(?:WARNING|INFO): (?:possible (?:circular|recursive|irq) lock|possible circular locking)')],
  ['lockdep', begins('(?:WARNING|INFO): (?:inconsistent lock state|suspicious RCU usage|bad unlock balance)')],
  ['lockdep', begins('WARNING: (?:bad contention|held lock freed|Nested lock was not taken)')],
  [
    'lockdep',
    begins(String.raw`WARNING: (?:\S+ still has locks held|lock held when returning|\S+-safe -> \S+-unsafe)`),
  ],
  // " in I/O wait" since Linux 7.1.
  ['hung task', begins(String.raw`INFO: task .* blocked (?:in I/O wait )?for more than \d+ seconds`)],
  ['soft lockup', begins('(?:NMI )?(?:watchdog: )?BUG: soft lockup - CPU#')],
  ['hard lockup', begins(String.raw`(?:NMI )?watchdog: (?:CPU\d+: )?Watchdog detected hard LOCKUP`)],
  ['RCU stall', begins(String.raw`(?:rcu: )?INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stall`)],
  ['oops', begins('BUG: (?:unable to handle |kernel NULL pointer|.*stack guard page was hit)')],
  ['oops', begins('Oops: |general protection fault[,:] |Unable to handle kernel ')],
  [
    'oops',
    begins(String.raw`(?:invalid opcode|divide error|stack segment|int3|double fault|bounds): [0-9a-f]{4} \[#\d+\]`),
  ],
  ['BUG', begins(String.raw`kernel BUG at |BUG: \S`)],
  ['WARNING', begins(String.raw`WARNING: CPU: \d+ PID: \d+ at `)],
  // "WARNING: FILE:LINE at FUNCTION, CPU#0: COMM/PID" since Linux 6.19 (28ea295f941e).
  ['WARNING', begins(String.raw`WARNING: .*\bat .*, CPU#\d+: `)],
]
