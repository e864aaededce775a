import { constants } from 'node:os'
import { type Duplex, PassThrough } from 'node:stream'
import { SyscallError } from '../../lib/kernel/errno.ts'
import type { FileStatus } from '../../lib/kernel/files.ts'
import type { OutputListener } from '../../vm/guest/client.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { Method, Reply, Requests } from '../../vm/guest/protocol.ts'
import type { Execution } from '../../vm/qemu/accelerator.ts'

/** What the guest answers to a method; whatever has no answer of its own succeeds with nothing to say. */
export type Answers = {
  [M in Method]?: (params: Requests[M], onOutput: OutputListener) => Reply<M> | Promise<Reply<M>>
}

/** A guest that boots in no time, does nothing, and says what it was told to say. */
export class FakeGuest implements Guest {
  accelerator: Execution = 'tcg'
  readonly kernelRelease: string
  readonly pid = 0
  readonly seed = '4711'
  readonly terminal: Duplex = new PassThrough()
  readonly commandLine = 'qemu-system-x86_64 -version'
  /** Every request, in order. */
  readonly asked: { readonly method: Method; readonly params: unknown }[] = []
  disposed = 0
  readonly #answers: Answers
  readonly #onDispose: () => Promise<unknown>
  #actors = 0

  constructor(answers: Answers = {}, onDispose: () => Promise<unknown> = async () => {}, release = '6.12.1-fake') {
    this.kernelRelease = release
    this.#answers = answers
    this.#onDispose = onDispose
  }

  async call<M extends Method>(method: M, params: Requests[M], onOutput: OutputListener = () => {}): Promise<Reply<M>> {
    this.asked.push({ method, params })
    const answer = this.#answers[method]
    return answer === undefined ? (this.#usual(method) as Reply<M>) : await answer(params, onOutput)
  }

  /** The parameters of each request of one method. */
  askedFor<M extends Method>(method: M): Requests[M][] {
    return this.asked.filter(request => request.method === method).map(({ params }) => params as Requests[M])
  }

  records(): Readonly<Record<string, string>> {
    return { 'qemu-command.txt': `${this.commandLine}\n`, 'qmp.log': '> {"execute":"cont"}\n' }
  }

  reopen(): boolean {
    return this.disposed === 0
  }

  end(): Promise<void> {
    return this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed += 1
    if (this.disposed === 1) await this.#onDispose()
  }

  #usual(method: Method): unknown {
    if (method === 'disk.device') return '/dev/vdb'
    if (method === 'file.read') return base64('nodev\ttmpfs\nnodev\toverlay\n\text4\n\tvfat\n')
    if (method !== 'actor.container' && method !== 'actor.user') return null
    this.#actors += 1
    return { actor: this.#actors, pid: 100 + this.#actors }
  }
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

export function refused(errno: keyof typeof constants.errno, syscall: string, ...args: string[]): SyscallError {
  return new SyscallError({ errno: constants.errno[errno], syscall, args })
}

/** `stat` answered from a table `actor path` → owner; a path that is not in it is not there. */
export function owners(table: Readonly<Record<string, string>>): NonNullable<Answers['file.stat']> {
  return ({ actor, path }): FileStatus => {
    const [uid, gid] = (table[`${actor} ${path}`] ?? '').split(':').map(Number)
    if (uid === undefined || gid === undefined) throw refused('ENOENT', 'statx', path)
    return { type: 'file', mode: 0o644, uid, gid, size: 0 }
  }
}
