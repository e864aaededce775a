/** 128 and the number of SIGINT, as shells have it. */
export const INTERRUPTED = 130

/**
 * From now on the first Ctrl-C (or SIGTERM) aborts the signal, so that what runs can come to an end and be reported; the second ends this
 * process at once, and with it every guest: QEMU dies with its parent.
 */
export function firstInterrupt(note: (line: string) => void): AbortSignal {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED)
    note('interrupted: what runs is brought to its end and reported; Ctrl-C again ends everything at once')
    controller.abort()
  }
  // A CI that cancels a job sends SIGTERM: what is known by then is reported as well.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal)
    process.on(signal, interrupt)
  }
  return controller.signal
}
