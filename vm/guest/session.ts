import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { TerminalSize } from '../../lib/kernel/pty.ts'
import type { OutputListener } from './client.ts'
import type { Guest } from './guest.ts'
import type { Reply, Requests } from './protocol.ts'

export type SessionCommand = Pick<Requests['session.run'], 'argv' | 'environment' | 'terminal'>
export type SessionEnd = Reply<'session.run'>

/** A command that runs in a guest for a person. */
export type Session = {
  /** With a terminal: what it shows can be read here as it comes, escape sequences and all, and what is typed written. Without: the input. */
  readonly bytes: Duplex
  /** When the command ended and all that it showed was read. Rejects when the guest dies, or has another session. */
  readonly ended: Promise<SessionEnd>
  resize(size: TerminalSize): void
  /** Without a terminal: after so many bytes in all the input is at its end. */
  endInput(bytes: number): void
  /** The person has gone: the command is ended as if its terminal were pulled out. */
  hangUp(): void
}

/** Starts a command as the guest's root. What it shows on a terminal must be read from {@link Session.bytes}, what it writes without one goes to `onOutput`. */
export function openSession(guest: Guest, command: SessionCommand, onOutput?: OutputListener): Session {
  const bytes = guest.terminal
  const tell = (told: Promise<unknown>): void => void told.catch(() => {})
  return {
    bytes,
    ended: guest.call('session.run', { actor: 0, ...command }, onOutput).then(async end => {
      await lastBytes(bytes)
      return end
    }),
    resize: size => tell(guest.call('session.resize', size)),
    endInput: count => tell(guest.call('session.endInput', { bytes: count })),
    hangUp: () => tell(guest.call('session.hangUp', {})),
  }
}

// The end is told over another socket than the last bytes: those are there already, but may not have been read yet.
async function lastBytes(bytes: Duplex): Promise<void> {
  const TURNS = 3
  for (let quiet = 0; quiet < TURNS; quiet++) {
    if (bytes.readableLength > 0) quiet = 0
    await wait(1)
  }
}
