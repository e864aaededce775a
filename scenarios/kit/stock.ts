import type { Guest } from '../../vm/guest/guest.ts'
import { slowness } from '../../vm/slowness.ts'
import type { Ledger } from './ledger.ts'

/** What the kernel keeps because of a story. */
export type Amounts = {
  /** All there are, also those that no process is in. */
  readonly userNamespaces: number
  /** Of the process that mounts things. */
  readonly descriptors: number
  /** In the mount table of the host. */
  readonly hostMounts: number
  /** In the mount table of the container that was asked about. */
  readonly containerMounts: number
}

const names: Readonly<Record<keyof Amounts, string>> = {
  userNamespaces: 'user namespaces',
  descriptors: 'descriptors of who mounts',
  hostMounts: 'mounts on the host',
  containerMounts: 'mounts in the container',
}

/** How much there was of everything at one moment. */
export class Stock {
  readonly #guest: Guest
  readonly #ledger: Ledger
  readonly #pid: number | undefined
  readonly #then: Amounts

  private constructor(guest: Guest, ledger: Ledger, pid: number | undefined, then: Amounts) {
    this.#guest = guest
    this.#ledger = ledger
    this.#pid = pid
    this.#then = then
  }

  /** `pid` is a process of the container whose mounts count too. */
  static async take(guest: Guest, ledger: Ledger, pid?: number): Promise<Stock> {
    return new Stock(guest, ledger, pid, await ledger.during(() => count(guest, pid)))
  }

  /** There is so much more now than there was: `await stock.grewBy({ userNamespaces: 3 }, 'one for each map')`. */
  async grewBy(expected: Partial<Amounts>, reason: string): Promise<void> {
    const { userNamespaces } = expected
    const now = await this.#ledger.during(() =>
      count(
        this.#guest,
        this.#pid,
        userNamespaces === undefined ? undefined : this.#then.userNamespaces + userNamespaces,
      ),
    )
    for (const kind of Object.keys(names) as (keyof Amounts)[]) {
      const more = expected[kind]
      if (more === undefined) continue
      const act = { actor: 'host root', operation: `count ${names[kind]}` }
      this.#ledger.check(`more ${names[kind]}: ${reason}`, String(more), String(now[kind] - this.#then[kind]), act)
    }
  }
}

async function count(guest: Guest, pid?: number, expected?: number): Promise<Amounts> {
  const limitMs = 300 * slowness(guest.accelerator)
  const held = await guest.call('held.count', { expected: expected ?? null, limitMs })
  const hostMounts = await countMounts(guest, 'self')
  return { ...held, hostMounts, containerMounts: pid === undefined ? 0 : await countMounts(guest, pid) }
}

async function countMounts(guest: Guest, pid: number | 'self'): Promise<number> {
  const table = await guest.call('file.read', { actor: 0, path: `/proc/${pid}/mountinfo` })
  return Buffer.from(table, 'base64').toString().trimEnd().split('\n').length
}
