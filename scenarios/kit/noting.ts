import type { Guest } from '../../vm/guest/guest.ts'

/** The same guest; what it is asked last is told to `note`, for the report of a story that takes too long. */
export function noting(guest: Guest, note: (request: string) => void): Guest {
  return {
    accelerator: guest.accelerator,
    kernelRelease: guest.kernelRelease,
    pid: guest.pid,
    commandLine: guest.commandLine,
    terminal: guest.terminal,
    records: () => guest.records(),
    seed: guest.seed,
    call(method, params, onOutput) {
      const subject = 'path' in params ? params.path : 'argv' in params ? (params.argv.at(-1) ?? '') : ''
      note(`${method} ${subject}`.trim().slice(0, 200))
      return guest.call(method, params, onOutput)
    },
    reopen: () => guest.reopen(),
    end: () => guest.end(),
    [Symbol.asyncDispose]: () => guest[Symbol.asyncDispose](),
  }
}
