/** What a kernel says on its console when it is in trouble. */
export type Crash = {
  readonly kind: 'panic' | 'oops' | 'warning' | 'hung task' | 'sanitizer' | 'lockdep'
  readonly line: string
}

// Each as the kernel's own source prints it, after the timestamp; the first that matches names the kind, so the special
// cases of `BUG:` come before it. A process's own fault ("traps: … general protection fault ip:…") is not the kernel's.
const signs: readonly (readonly [Crash['kind'], RegExp])[] = [
  ['panic', /Kernel panic - not syncing/],
  ['sanitizer', /\bBUG: (KASAN|KMSAN|KCSAN|KFENCE):|\bUBSAN: /],
  ['lockdep', /\b(WARNING|INFO): (possible (circular|recursive|irq) lock|inconsistent lock state)/],
  ['lockdep', /\bWARNING: (bad unlock balance|suspicious RCU usage)/],
  // " in I/O wait" since Linux 7.1.
  ['hung task', /INFO: task .* blocked.* for more than|BUG: soft lockup|hard LOCKUP|rcu: INFO: .*detected/],
  ['oops', /\bBUG: |\bOops: |general protection fault[:,]|kernel BUG at |Unable to handle kernel/],
  // "WARNING: FILE:LINE at FUNCTION, CPU#0: COMM/PID" since Linux 6.19 (28ea295f941e).
  ['warning', /\bWARNING: (CPU: \d+ PID: |.*\bat .*, CPU#\d+: )/],
]

/** The trouble a console line tells of, if any. */
export function detectCrash(line: string): Crash | undefined {
  const found = signs.find(([, pattern]) => pattern.test(line))
  return found === undefined ? undefined : { kind: found[0], line }
}
