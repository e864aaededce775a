import path from 'node:path'
import type { Readable } from 'node:stream'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { HarnessError } from '../harness-error.ts'
import { memoryKills } from '../machine-trouble.ts'
import { Console } from '../qemu/console.ts'
import type { Qmp } from '../qemu/qmp.ts'
import { inSeconds } from '../seconds.ts'
import type { AgentClient } from './client.ts'
import {
  deathOf,
  imageCannotGrow,
  kernelTrouble,
  type Mortal,
  pasteable,
  silenceOf,
  troubleWith,
} from './death-report.ts'
import type { Guest, GuestSpec } from './guest.ts'

const CRASH_REPORT_MS = 100

/** A guest's process, the client at its agent's port, its watched console, and what tells who is to blame for its death. */
export type Parts = Mortal & { readonly client: AgentClient }
type Living = Pick<Parts, 'process' | 'client'> & { readonly output: Readable }

/** Reads the console (`output`) from now on; trouble on it suspends the client, and the end of the process breaks it, with the reason. `cwd`: where the process writes its memory. */
export function watch(
  { process, client, output }: Living,
  { logFile, disks, cwd }: Pick<GuestSpec, 'logFile' | 'disks'> & { readonly cwd?: string },
  factor: number,
): Parts {
  const onCrash = () => client.suspend(kernelTrouble(process, parts.console))
  const console = new Console(output, logFile, onCrash, CRASH_REPORT_MS * factor)
  const files = [logFile, ...disks.map(({ image }) => image)].map(file => path.dirname(file))
  const directories = [...new Set(cwd === undefined ? files : [cwd, ...files])]
  const parts: Parts = { process, client, console, directories, killsBefore: memoryKills() }
  void process.ended.then(how => client.break(deathOf(parts, how)))
  return parts
}

/** What QEMU tells of its guest: that it stopped it since it cannot write to an image, where the guest would only seem to hang, and that its kernel panicked. */
export function watchMonitor(parts: Parts, qmp: Qmp): void {
  const { client, console } = parts
  const noRoom = qmp.until(({ event, data }) => (event === 'BLOCK_IO_ERROR' && data.nospace === true) || undefined)
  noRoom.then(
    () => client.break(imageCannotGrow(parts)),
    () => {},
  )
  const panic = qmp.until(({ event }) => event === 'GUEST_PANICKED' || undefined)
  panic.then(
    () => console.panicked(),
    () => {},
  )
}

/** Waits for the guest to say `awaited` within `limit` ms; else, or when its kernel refuses that, the guest is killed and the error is `GUEST_BOOT` beginning with `sentence`. */
export async function firstSaid<T extends object | undefined>(
  { process, client, console }: Parts,
  awaited: Promise<T>,
  limit: number,
  sentence: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`it said nothing for ${inSeconds(limit)}`), limit)
  })
  const first = await Promise.race([awaited.catch(asError), client.broken, late])
  clearTimeout(timer)
  if (!(first instanceof Error) && typeof first !== 'string') return first
  await process.kill()
  // A panic, a full disk and the like have their own error; a process that died, a refusal, or silence, is a guest that did not come up.
  const ownError = first instanceof Error && !(first instanceof SyscallError)
  if (ownError && !(first instanceof HarnessError && first.code === process.called.died)) throw first
  const why = console.initFailure ?? (typeof first === 'string' ? first : first.message).replace(/\.$/, '')
  throw troubleWith(process, console, 'GUEST_BOOT', `${sentence}: ${why}`)
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

type Answering = Pick<Guest, 'accelerator' | 'kernelRelease' | 'seed' | 'records'> & { readonly callLimit: number }

/** The guest as its user has it, once its agent answered. */
export function answering(parts: Parts, { callLimit, ...about }: Answering): Guest {
  const { process, client, console } = parts
  return {
    ...about,
    pid: process.pid,
    commandLine: pasteable(process.commandLine),
    terminal: process.terminal,
    async call(method, params, onOutput) {
      // A session lasts as long as its person likes.
      if (method === 'session.run') return client.call(method, params, onOutput)
      const hung = setTimeout(() => {
        const sentence = `The guest did not answer ${method} within ${inSeconds(callLimit)}`
        client.break(silenceOf(parts, sentence))
        void process.kill()
      }, callLimit)
      try {
        return await client.call(method, params, onOutput)
      } finally {
        clearTimeout(hung)
      }
    },
    reopen: () => client.resume(),
    async end() {
      await this[Symbol.asyncDispose]()
      if (console.crash !== undefined) throw kernelTrouble(process, console)
    },
    async [Symbol.asyncDispose]() {
      client.break(new HarnessError('GUEST_STOPPED', 'The guest was stopped.'))
      await process.kill()
    },
  }
}
