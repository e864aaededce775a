import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { endOf, type GuestProcess, socketAt } from '../guest/guest-process.ts'
import { HarnessError } from '../harness-error.ts'
import { QemuFd } from './argv.ts'
import { setprivArguments } from './privileges.ts'
import { Qmp } from './qmp.ts'

const QEMU = 'qemu-system-x86_64'
const MOST_STDERR = 16 * 1024

/** A running QEMU and the other ends of what it inherited. */
export type QemuProcess = GuestProcess & {
  readonly agent: Duplex
  readonly console: Duplex
  readonly qmp: Qmp
  /** A frozen machine's state goes out or comes in here. */
  readonly state: Duplex
}

/** Starts QEMU through setpriv(1), whose parent-death signal survives the exec: a SIGKILLed harness leaves no guest. */
export function startQemu(args: readonly string[], options: { readonly cwd?: string } = {}): QemuProcess {
  const child = spawn('setpriv', [...setprivArguments(), '--pdeathsig', 'SIGKILL', '--', QEMU, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', ...Object.values(QemuFd).map(() => 'pipe' as const)],
    detached: true,
    ...options,
  })
  const stderr = collect(child)
  const ended = endOf(child)
  return {
    called: { subject: 'QEMU', died: 'QEMU_DIED', line: 'QEMU command line' },
    pid: child.pid ?? 0,
    commandLine: [QEMU, ...args],
    agent: socketAt(child, QemuFd.agent),
    console: socketAt(child, QemuFd.console),
    terminal: socketAt(child, QemuFd.terminal),
    qmp: new Qmp(socketAt(child, QemuFd.qmp)),
    state: socketAt(child, QemuFd.state),
    stderr,
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    if (text.length < MOST_STDERR) text += chunk.toString('utf8')
  })
  return () => text.trim()
}

/** What tells one build of QEMU from another: its version, and the program itself by size and time. */
export async function qemuBuild(): Promise<string> {
  const program = await firstInPath(QEMU)
  const { size, mtimeMs } = await stat(program)
  return `${await qemuVersion()} ${size} ${mtimeMs}`
}

async function firstInPath(name: string): Promise<string> {
  for (const dir of (process.env.PATH ?? '').split(path.delimiter)) {
    const program = path.join(dir, name)
    if (
      await access(program, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return program
  }
  throw new HarnessError('PREREQUISITE_MISSING', `${name} was not found: install the Debian package qemu-system-x86.`)
}

let version: Promise<string> | undefined

/** `7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`. */
export function qemuVersion(): Promise<string> {
  version ??= readVersion()
  return version
}

async function readVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(QEMU, ['--version'])
    return /version (.*)/.exec(stdout)?.[1]?.trim() ?? 'unknown'
  } catch (cause) {
    version = undefined
    throw new HarnessError(
      'PREREQUISITE_MISSING',
      `${QEMU} cannot be run: install the Debian package qemu-system-x86.`,
      { cause },
    )
  }
}
