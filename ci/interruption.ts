import { constants } from 'node:os'

/**
 * From now on the first Ctrl-C (or SIGTERM) aborts the signal, so that what runs can come to an end and be reported; the second ends this
 * process at once, and with it every guest: QEMU dies with its parent. The signal's `reason` is the exit code to end with.
 */
export function firstInterrupt(note: (line: string) => void): AbortSignal {
  const controller = new AbortController()
  const interrupt = (code: number): void => {
    if (controller.signal.aborted) process.exit(code)
    note('interrupted: what runs is cut off, and all there is reported; Ctrl-C again ends everything at once')
    controller.abort(code)
  }
  // A CI that cancels a job sends SIGTERM: what is known by then is reported as well.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal)
    process.on(signal, () => interrupt(interruptedBy(signal)))
  }
  return controller.signal
}

/** 128 and the number of the signal, as shells have it. */
function interruptedBy(signal: 'SIGINT' | 'SIGTERM'): number {
  return 128 + constants.signals[signal]
}
