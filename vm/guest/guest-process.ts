import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { HarnessCode } from '../harness-error.ts'

/** The process a guest lives in: QEMU, or the agent itself. It is killed with this process, however this process ends. */
export type GuestProcess = {
  /** How messages speak of it. */
  readonly called: {
    readonly subject: string
    /** The code when it ends before it was told to. */
    readonly died: HarnessCode
    /** What its command line is called. */
    readonly line: string
  }
  readonly pid: number
  readonly commandLine: readonly string[]
  /** The bytes of the guest's terminal, if somebody opened one in it. */
  readonly terminal: Duplex
  /** What it complained of itself, at most 16 KiB. */
  stderr(): string
  /** Resolves when it ended, with words for how. */
  readonly ended: Promise<string>
  kill(): Promise<void>
}

/** The other end of a descriptor that the child inherited. */
export function socketAt(child: ChildProcess, fd: number): Duplex {
  const socket = child.stdio[fd] as Duplex
  // Without a listener the end of the child would be an uncaught error of this process; and `close` waits for what nobody reads.
  socket.on('error', () => {})
  socket.resume()
  return socket
}

/** Resolves, with words for how, when the child ended and all that it wrote was read. */
export function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.on('error', error => resolve(`could not be started: ${error.message}`))
    // Not 'exit': what the guest wrote last is still in the pipes then.
    child.on('close', (code, signal) =>
      resolve(signal === null ? `ended with status ${code}` : `was killed by ${signal}`),
    )
  })
}
