// Plays QEMU and the guest in it, for freezing.test.ts: boots, is frozen, goes on, takes an agent, answers. `$FAULT` is the one thing
// that goes wrong, `PHASE MOMENT WHAT`: `copy stop dies`. The phases are boot, copy (of a booted guest) and trial.
import fs from 'node:fs'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { PROTOCOL } from '../../../vm/agent-port.ts'
import { encodeFrame, FrameReader } from '../../../vm/guest/frames.ts'
import type { Admission, GuestMessage, Method, Request } from '../../../vm/guest/protocol.ts'
import { QemuFd } from '../../../vm/qemu/argv.ts'

const [phase, moment, fault] = (process.env.FAULT ?? '').split(' ')
const restored = process.argv.includes('-incoming')
const now = !restored ? 'boot' : process.argv.some(argument => argument.includes('"share":true')) ? 'copy' : 'trial'

const agent = new net.Socket({ fd: QemuFd.agent })
const monitor = new net.Socket({ fd: QemuFd.qmp })
const state = new net.Socket({ fd: QemuFd.state })
const reader = new FrameReader()

if (!restored) run()
tell({ QMP: {} })
createInterface(monitor).on('line', line => obey(JSON.parse(line).execute))

/** What the guest is sent before it runs waits for it. */
function run(): void {
  agent.on('data', chunk => {
    for (const message of reader.push(chunk)) answer(message as Admission | Request)
  })
  if (!restored) say({ kind: 'ready' })
}

function answer(message: Admission | Request): void {
  if ('code' in message) say({ kind: 'hello', protocol: PROTOCOL })
  else if (goesWrong(message.method) !== 'refuses')
    say({ kind: 'reply', id: message.id, result: results[message.method] ?? null })
  else
    say({
      kind: 'error',
      id: message.id,
      message: 'refused',
      refusal: { errno: 1, syscall: 'setresuid', args: ['1', '1', '1'] },
    })
}

const results: { readonly [M in Method]?: unknown } = {
  'guest.arrive': { kernel: '6.12.0' },
  'actor.user': { actor: 1, pid: 2 },
  'file.stat': { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0 },
  'file.read': '',
}

function obey(command: string): void {
  if (goesWrong(command) === 'hangs') return
  const more = command === 'quit' ? () => process.exit() : () => {}
  tell({ return: command === 'query-migrate-capabilities' ? [{ capability: 'x-ignore-shared' }] : {} }, more)
  const completed = (): void => tell({ event: 'MIGRATION', data: { status: 'completed' } })
  if (command === 'cont') run()
  if (command === 'migrate') net.connect('state.sock').end('the state', completed)
  if (command === 'migrate-incoming') state.resume().on('end', completed)
}

/** Does what is to go wrong at this moment, or gives it when that is to do nothing, or something else. */
function goesWrong(here: string): string | undefined {
  if (phase !== now || moment !== here) return undefined
  if (fault === 'dies') process.kill(process.pid, 'SIGKILL')
  if (fault === 'overruns') process.kill(process.pid, 'SIGBUS')
  if (fault === 'complains')
    fs.writeSync(QemuFd.console, '[ 1.0] WARNING: CPU: 0 PID: 1 at fs/made-up.c:1 made_up+0x1\r\n')
  return fault
}

function say(message: GuestMessage): void {
  agent.write(encodeFrame(message))
}

function tell(message: object, then = () => {}): void {
  monitor.write(`${JSON.stringify(message)}\n`, then)
}
