import { closeSync, constants, openSync, readSync } from 'node:fs'
import type { Writable } from 'node:stream'

/** A record of the kernel's is never longer (CONSOLE_EXT_LOG_MAX and its prefix, kernel/printk/printk.c). */
const LONGEST_RECORD = 16 * 1024
const POLL_MS = 50

/** Passes on what this machine's kernel logs from now on. */
export type KernelLog = {
  /** Passes on what there is by now, and no more. */
  readonly close: () => void
}

/** Follows `/dev/kmsg` (Documentation/ABI/testing/dev-kmsg) and writes each line as a console shows it; `undefined` where it may not be read. */
export function followKernelLog(to: Writable, device = '/dev/kmsg'): KernelLog | undefined {
  let fd: number
  try {
    fd = openSync(device, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  const buffer = Buffer.alloc(LONGEST_RECORD)
  for (const _old of records(fd, buffer));
  const drain = (): void => {
    for (const record of records(fd, buffer)) to.write(asOnConsole(record) ?? '')
  }
  const timer = setInterval(drain, POLL_MS)
  timer.unref()
  return {
    close() {
      clearInterval(timer)
      drain()
      closeSync(fd)
    },
  }
}

/** `6,1234,5678901,-;text`, then lines that begin with a blank about the device: as `[    5.678901] text`. Nothing for what a process wrote into the log. */
export function asOnConsole(record: string): string | undefined {
  const [, priority, microseconds = '0', text = ''] = /^(\d+),\d+,(\d+)[^;]*;([^\n]*)/.exec(record) ?? []
  // syslog(3): the facility is above the three bits of the level; the kernel's is 0, and no process can claim it.
  if (priority === undefined || Number(priority) >> 3 !== 0) return undefined
  const time = (Number(microseconds) / 1e6).toFixed(6).padStart(12)
  return `[${time}] ${unescaped(text)}\n`
}

// What is not printable comes as \x1b; that is as fit to be shown, and a backslash is the only one that matters for matching.
function unescaped(text: string): string {
  return text.replaceAll('\\x5c', '\\')
}

/** The records that are there, one read(2) each, until there are no more for now. */
function* records(fd: number, buffer: Buffer): Generator<string> {
  for (;;) {
    try {
      const bytes = readSync(fd, buffer)
      if (bytes === 0) return
      yield buffer.toString('utf8', 0, bytes)
    } catch (error) {
      // EPIPE: some were overwritten before they were read. EAGAIN: no more.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return
    }
  }
}
