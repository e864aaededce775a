import fs from 'node:fs'
import { call, here } from './caller.ts'

/** A pseudo-terminal: what is written to `master` is typed, what is read from it is shown; `path` is the terminal itself. */
export type Pty = { readonly master: number; readonly path: string }

export type TerminalSize = { readonly columns: number; readonly rows: number }

/** A new pseudo-terminal of the devpts that is mounted at `/dev/pts` (pts(4)). The caller closes `master`. */
export function openPty(): Pty {
  const TIOCSPTLCK = 0x40045431
  const master = fs.openSync('/dev/ptmx', fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  try {
    call(here(), 'ioctl', [master, TIOCSPTLCK, Buffer.alloc(4)], ['TIOCSPTLCK'])
    return { master, path: `/dev/pts/${number(master)}` }
  } catch (error) {
    fs.closeSync(master)
    throw error
  }
}

function number(master: number): number {
  const TIOCGPTN = 0x80045430
  const reply = here().scratch.reserve(4)
  call(here(), 'ioctl', [master, TIOCGPTN, reply.address], ['TIOCGPTN'])
  return reply.bytes.readUInt32LE()
}

/** Tells who uses the terminal of `master` how large it is; its foreground processes get SIGWINCH (ioctl_tty(2)). */
export function setTerminalSize(master: number, { columns, rows }: TerminalSize): void {
  const TIOCSWINSZ = 0x5414
  const size = Buffer.alloc(8)
  size.writeUInt16LE(rows, 0)
  size.writeUInt16LE(columns, 2)
  call(here(), 'ioctl', [master, TIOCSWINSZ, size], ['TIOCSWINSZ'])
}
