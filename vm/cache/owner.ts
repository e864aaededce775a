import { readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { fingerprint } from './fingerprint.ts'

/** Names this process for as long as the machine is up: pid, start time, and which pid namespace of which boot they belong to. */
export function owner(): string {
  return `${process.pid}-${startTime(process.pid)}-${place()}`
}

/** What is known of the process that `owner()` named in a file name: `unknown` when it lived in another pid namespace or boot, or when the name holds no owner. */
export function ownerState(fileName: string): 'alive' | 'dead' | 'unknown' {
  const [, pid, started, where] = /\.(\d+)-(\d+)-([0-9a-f]{6})(?:\.|$)/.exec(fileName) ?? []
  if (where === undefined || where !== place()) return 'unknown'
  return startTime(Number(pid)) === started ? 'alive' : 'dead'
}

/** What a person calls this process by, on one line. */
export function commandOfThisProcess(): string {
  const [, script = '', ...args] = process.argv
  return [basename(script), ...args].join(' ').replaceAll(/\s+/g, ' ').slice(0, 200)
}

/** Field 22 of /proc/PID/stat, counted after the command, which may itself hold blanks and parentheses. A pid alone is reused. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function place(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
  return fingerprint(boot, readlinkSync('/proc/self/ns/pid')).slice(0, 6)
}
