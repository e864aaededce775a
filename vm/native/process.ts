import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { type Duplex, PassThrough } from 'node:stream'
import { endOf, type GuestProcess, socketAt } from '../guest/guest-process.ts'
import type { GuestDisk } from '../qemu/argv.ts'
import { NativeFd } from './gift.ts'
import { followKernelLog } from './kernel-log.ts'
import { AGENT_SCRIPT, ROOT_SCRIPT, type RootParts, rootArguments } from './root-script.ts'

/** What is started: the root, the agent's code, what the agent is told, and the images it inherits. */
export type NativeStart = {
  readonly root: RootParts
  readonly agent: string
  readonly given: string
  readonly disks: readonly GuestDisk[]
}

/** The namespaces with the agent in them, and the other ends of what it inherited. They are gone when this process is, however it ends. */
export type NativeProcess = GuestProcess & {
  readonly agent: Duplex
  /** What the kernel logs meanwhile, and what the processes in the namespaces write, as on a guest's console. */
  readonly console: PassThrough
  /** Whether the kernel's log can be read. */
  readonly kernelHeard: boolean
}

/**
 * unshare(1) makes the namespaces, and PID 1 of them is killed with it; it is itself killed with this process (setpriv --pdeathsig).
 * With PID 1 the kernel ends all processes of the namespace, with them the mounts, and with these the loop devices.
 */
const NAMESPACES = ['unshare', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child=SIGKILL', '--'] as const

export function startNative({ root, agent, given, disks }: NativeStart): NativeProcess {
  const images = disks.map(({ image, readOnly }) => openSync(image, readOnly ? 'r' : 'r+'))
  const console = new PassThrough()
  const log = followKernelLog(console)
  const command = [...NAMESPACES, 'sh', '-c', ROOT_SCRIPT, ...rootArguments(root)]
  const child = spawn('setpriv', ['--pdeathsig', 'SIGKILL', '--', ...command], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...images],
    detached: true,
    env: { PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`, LC_ALL: 'C', AGENT_SCRIPT, GIVEN: given },
  })
  for (const image of images) closeSync(image)
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => console.write(chunk))
  child.stdin?.on('error', () => {})
  child.stdin?.end(agent)
  const ended = endOf(child).then(async how => {
    log?.close()
    console.end()
    await new Promise<void>(resolve => console.once('close', resolve))
    return how
  })
  return {
    called: { subject: 'the agent', died: 'AGENT_DIED', line: 'command line' },
    pid: child.pid ?? 0,
    commandLine: command.map(word => (word === ROOT_SCRIPT ? '…' : word)),
    agent: socketAt(child, NativeFd.agent),
    terminal: socketAt(child, NativeFd.terminal),
    console,
    kernelHeard: log !== undefined,
    stderr: () => '',
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
