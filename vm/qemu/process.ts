import { type ChildProcess, execFile, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { HarnessError } from '../harness-error.ts'

const QEMU = 'qemu-system-x86_64'
const MOST_STDERR = 16 * 1024

/** A running QEMU and its two sockets. It is killed with this process, however this process ends. */
export type QemuProcess = {
  readonly pid: number
  readonly commandLine: readonly string[]
  readonly agent: Duplex
  readonly console: Duplex
  /** What QEMU itself complained of, at most 16 KiB. */
  stderr(): string
  /** Resolves when it ended, with words for how. */
  readonly ended: Promise<string>
  kill(): Promise<void>
}

/** Starts QEMU through setpriv(1), whose parent-death signal survives the exec: a SIGKILLed harness leaves no guest. */
export function startQemu(args: readonly string[]): QemuProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'SIGKILL', '--', QEMU, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const stderr = collect(child)
  const ended = end(child)
  return {
    pid: child.pid ?? 0,
    commandLine: [QEMU, ...args],
    agent: child.stdio[3] as Duplex,
    console: child.stdio[4] as Duplex,
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

function end(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.on('error', error => resolve(`could not be started: ${error.message}`))
    // Not 'exit': what the guest wrote last is still in the pipes then.
    child.on('close', (code, signal) =>
      resolve(signal === null ? `ended with status ${code}` : `was killed by ${signal}`),
    )
  })
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
