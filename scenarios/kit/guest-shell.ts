import type { ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { $, type Shell } from 'zx/core'
import type { Guest } from '../../vm/guest/guest.ts'
import type { ActorId } from '../../vm/guest/protocol.ts'

/** zx's `$`, with the guest's processes instead of this machine's: quoting, output, exit codes and errors are zx's own. */
export type GuestShell = Shell

const BUSYBOX = '/idmaplab/busybox'

export function guestShell(guest: Guest, actor: ActorId): GuestShell {
  return $({ quiet: true, prefix: '', postfix: '', shell: true, spawn: spawnIn(guest, actor), kill: async () => {} })
}

// zx wants a child process: this one's life is a request to the agent.
function spawnIn(guest: Guest, actor: ActorId): typeof spawn {
  const start = (command: string): ChildProcess => {
    const child = Object.assign(new EventEmitter(), {
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      pid: undefined,
      kill: () => false,
    })
    // zx hands over its `input` right after it spawned.
    setImmediate(() => void run(guest, actor, command, child))
    return child as unknown as ChildProcess
  }
  return start as typeof spawn
}

type Child = EventEmitter & { readonly stdin: PassThrough; readonly stdout: PassThrough; readonly stderr: PassThrough }

async function run(guest: Guest, actor: ActorId, command: string, child: Child): Promise<void> {
  try {
    const argv = [BUSYBOX, 'sh', '-c', command]
    const reply = await guest.call('process.run', { actor, argv, stdin: given(child.stdin) }, (stream, data) => {
      child[stream].write(data)
    })
    finish(child, reply.code, reply.signal)
  } catch (error) {
    child.emit('error', error)
    finish(child, null, null)
  }
}

function finish(child: Child, code: number | null, signal: string | null): void {
  child.stdout.end()
  child.stderr.end()
  child.emit('exit', code, signal)
  child.emit('close', code, signal)
}

function given(stdin: PassThrough): string {
  const input: unknown = stdin.read()
  return input instanceof Buffer ? input.toString('base64') : ''
}
