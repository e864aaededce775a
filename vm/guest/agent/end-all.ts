import fs from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Requests } from '../protocol.ts'

const POLL_MS = 10

/** Kills everything that executes a program but init and this agent, and waits until it is gone: what a process has open keeps a mount busy. */
export async function endAll({ limitMs }: Requests['process.endAll']): Promise<void> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const left = others()
    const [first] = left
    if (first === undefined) return
    if (performance.now() > deadline) throw new Error(`process ${first} was killed and does not end`)
    // Again each time: what was killed may have been starting something.
    for (const pid of left) kill(pid)
    await wait(POLL_MS)
  }
}

// A kernel thread and a process that has ended have no executable. The link leads there in any mount namespace.
function others(): number[] {
  return fs
    .readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .map(Number)
    .filter(pid => pid !== 1 && pid !== process.pid && fs.existsSync(`/proc/${pid}/exe`))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno !== -constants.errno.ESRCH) throw error
  }
}
