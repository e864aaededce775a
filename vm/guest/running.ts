import path from 'node:path'
import { HarnessError } from '../harness-error.ts'
import { memoryKills } from '../machine-trouble.ts'
import { Console } from '../qemu/console.ts'
import type { QemuProcess } from '../qemu/process.ts'
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

/** A QEMU, the client at its agent's port, its watched console, and what tells who is to blame for its death. */
export type Parts = Mortal & { readonly client: AgentClient }

/** Reads the console from now on; trouble on it, or the end of QEMU, breaks the client with the reason. */
export function watch(
  qemu: QemuProcess,
  client: AgentClient,
  { logFile, disks }: Pick<GuestSpec, 'logFile' | 'disks'>,
  factor: number,
): Parts {
  const onCrash = () => client.break(kernelTrouble(qemu, parts.console))
  const console = new Console(qemu.console, logFile, onCrash, CRASH_REPORT_MS * factor)
  const directories = [...new Set([logFile, ...disks.map(({ image }) => image)].map(file => path.dirname(file)))]
  const parts: Parts = { qemu, client, console, directories, killsBefore: memoryKills() }
  void qemu.ended.then(how => client.break(deathOf(parts, how)))
  // QEMU stops a guest whose image it cannot write to: without this the guest would only seem to hang.
  qemu.qmp
    .until(({ event, data }) => (event === 'BLOCK_IO_ERROR' && data.nospace === true) || undefined)
    .then(
      () => client.break(imageCannotGrow(parts)),
      () => {},
    )
  return parts
}

/** Waits for the guest to say `awaited` within `limit` ms; else QEMU is killed and the error is `GUEST_BOOT` beginning with `sentence`. */
export async function firstSaid<T extends object>(
  { qemu, client, console }: Parts,
  awaited: Promise<T>,
  limit: number,
  sentence: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`it said nothing for ${seconds(limit)}`), limit)
  })
  const first = await Promise.race([awaited, client.broken, late])
  clearTimeout(timer)
  if (!(first instanceof Error) && typeof first !== 'string') return first
  await qemu.kill()
  // A panic, a full disk and the like have their own error; a QEMU that died, or silence, is a guest that did not come up.
  if (first instanceof Error && !(first instanceof HarnessError && first.code === 'QEMU_DIED')) throw first
  const why = console.initFailure ?? (typeof first === 'string' ? first : first.message).replace(/\.$/, '')
  throw troubleWith(qemu, console, 'GUEST_BOOT', `${sentence}: ${why}`)
}

type Answering = Pick<Guest, 'accelerator' | 'kernelRelease' | 'seed'> & { readonly callLimit: number }

/** The guest as its user has it, once its agent answered. */
export function answering(parts: Parts, { accelerator, kernelRelease, seed, callLimit }: Answering): Guest {
  const { qemu, client, console } = parts
  return {
    accelerator,
    kernelRelease,
    seed,
    pid: qemu.pid,
    commandLine: pasteable(qemu.commandLine),
    terminal: qemu.terminal,
    monitorLog: () => qemu.qmp.transcript,
    async call(method, params, onOutput) {
      // A session lasts as long as its person likes.
      if (method === 'session.run') return client.call(method, params, onOutput)
      const hung = setTimeout(() => {
        const sentence = `The guest did not answer ${method} within ${seconds(callLimit)}`
        client.break(silenceOf(parts, sentence))
        void qemu.kill()
      }, callLimit)
      try {
        return await client.call(method, params, onOutput)
      } finally {
        clearTimeout(hung)
      }
    },
    async end() {
      await this[Symbol.asyncDispose]()
      if (console.crash !== undefined) throw kernelTrouble(qemu, console)
    },
    async [Symbol.asyncDispose]() {
      client.break(new HarnessError('GUEST_STOPPED', 'The guest was stopped.'))
      await qemu.kill()
    },
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
