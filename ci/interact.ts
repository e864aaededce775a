import { spawnSync } from 'node:child_process'
import type { Session, SessionEnd } from '../vm/guest/session.ts'

/** Ctrl-], as telnet(1) and virsh(1) have it. */
const LEAVE = 0x1d
const LEAVE_TIMES = 3

export type Person = { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream }

/**
 * Lets a person at a terminal have the session: every key goes into the guest, Ctrl-C too, and the window's size follows.
 * Ctrl-] three times leaves a guest that hangs; the answer is then `left`. The terminal is as it was afterwards.
 */
export async function interact(session: Session, { input, output }: Person): Promise<SessionEnd | 'left'> {
  const { bytes } = session
  let leave: (how: 'left') => void = () => {}
  const left = new Promise<'left'>(resolve => {
    leave = resolve
  })
  const type = typist(session, input, () => leave('left'))
  const show = (data: Buffer): void => {
    if (output.write(data)) return
    bytes.pause()
    output.once('drain', () => bytes.resume())
  }
  const resize = (): void => session.resize({ columns: output.columns, rows: output.rows })
  input.setRawMode(true)
  // Node's raw mode still makes CR LF of every LF; the guest's terminal has done that, or was told not to.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] })
  input.on('data', type)
  output.on('resize', resize)
  bytes.on('data', show)
  try {
    return await Promise.race([session.ended, left])
  } finally {
    session.ended.catch(() => {})
    input.off('data', type)
    output.off('resize', resize)
    bytes.off('data', show)
    input.setRawMode(false)
    input.pause()
  }
}

function typist({ bytes }: Session, input: NodeJS.ReadStream, leave: () => void): (data: Buffer) => void {
  let pressed = 0
  return data => {
    for (const byte of data) {
      pressed = byte === LEAVE ? pressed + 1 : 0
      if (pressed === LEAVE_TIMES) return leave()
    }
    if (bytes.write(data)) return
    input.pause()
    bytes.once('drain', () => input.resume())
  }
}
