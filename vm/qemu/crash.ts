/** What a kernel says on its console when it is in trouble. */
export type Crash = {
  readonly kind: 'panic' | 'oops' | 'warning' | 'hung task' | 'sanitizer' | 'lockdep'
  readonly line: string
}

// Each as the kernel's own source prints it, after the timestamp; the first that matches names the kind.
const signs: readonly (readonly [Crash['kind'], RegExp])[] = [
  ['panic', /Kernel panic - not syncing/],
  ['sanitizer', /BUG: KASAN:|BUG: KMSAN:|BUG: KCSAN:|UBSAN: /],
  ['lockdep', /WARNING: possible (circular|recursive|irq) locking|INFO: possible (circular|recursive) locking/],
  ['oops', /BUG: |Oops: |general protection fault|kernel BUG at |Unable to handle kernel/],
  ['hung task', /INFO: task .* blocked for more than|watchdog: BUG: soft lockup|rcu: INFO: .* (self-)?detected/],
  ['warning', /\bWARNING: CPU: \d+ PID: /],
]

/** The trouble a console line tells of, if any. */
export function detectCrash(line: string): Crash | undefined {
  const found = signs.find(([, pattern]) => pattern.test(line))
  return found === undefined ? undefined : { kind: found[0], line }
}
