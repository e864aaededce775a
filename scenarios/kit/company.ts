import { SyscallError } from '../../lib/kernel/errno.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { Actor } from './actor.ts'
import type { Ledger } from './ledger.ts'

type Owner = { readonly uid: number; readonly gid: number }

/**
 * Ways by which one process learns of another's ids: who connected to a socket (SO_PEERCRED), who sent a byte
 * (SCM_CREDENTIALS), whose a process is (`/proc/PID`), whose the file is that a descriptor came for (fstat).
 */
export type Channel = 'SO_PEERCRED' | 'SCM_CREDENTIALS' | '/proc/PID' | 'fstat'

/** Who is looked at: a member, with ids it claims (`as 7:8`) or a file it opens, as a table's first column has it. */
type Sender = { readonly name: string; readonly claim: Owner | null; readonly file: string | null }

const SENDER = /^(?<name>[\w-]+)(?: as (?<uid>\d+):(?<gid>\d+)| (?<file>\/\S+))?$/

/** Some of a story's actors, who deal with each other. */
export class Company {
  readonly #members: Readonly<Record<string, Actor>>
  readonly #guest: Guest
  readonly #ledger: Ledger

  constructor(members: Readonly<Record<string, Actor>>, guest: Guest, ledger: Ledger) {
    this.#members = members
    this.#guest = guest
    this.#ledger = ledger
  }

  /**
   * A table whose rows are who sends and whose columns are who receives: each receiver must see this owner, or the sender
   * be refused with this errno.
   */
  async learn(channel: Channel, table: string): Promise<void> {
    const [heading = '', ...lines] = table
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '')
    const [, ...receivers] = cells(heading)
    if (lines.length === 0) throw new TypeError('a table without a sender expects nothing')
    for (const line of lines) {
      const [who = '', ...expected] = cells(line)
      if (expected.length !== receivers.length)
        throw new TypeError(`expected ${receivers.length} owners after the sender, found ${JSON.stringify(line)}`)
      for (const [i, receiver] of receivers.entries())
        await this.#check(channel, { who, receiver, expected: expected[i] ?? '' })
    }
  }

  async #check(
    channel: Channel,
    { who, receiver, expected }: { who: string; receiver: string; expected: string },
  ): Promise<void> {
    const found = await this.#ledger.during(() => this.#seen(channel, senderOf(who), this.#member(receiver)))
    const act = { actor: this.#member(receiver).name, operation: `${channel} of ${who}` }
    this.#ledger.check(`${channel}: ${receiver} sees ${who}`, expected, found, act)
  }

  async #seen(channel: Channel, { name, claim, file }: Sender, receiver: Actor): Promise<string> {
    const sender = this.#member(name)
    try {
      if (channel === '/proc/PID')
        return inWords(await this.#guest.call('process.owner', { actor: receiver.id, of: sender.id }))
      const exchange = { from: sender.id, to: receiver.id, claim, file }
      const { peer, sent, passed } = await this.#guest.call('socket.exchange', exchange)
      return inWords(channel === 'SO_PEERCRED' ? peer : channel === 'SCM_CREDENTIALS' ? sent : passed)
    } catch (error) {
      if (error instanceof SyscallError) return error.code
      throw error
    }
  }

  #member(name: string): Actor {
    const member = this.#members[name]
    if (member === undefined) throw new TypeError(`there is nobody called ${JSON.stringify(name)} in this company`)
    return member
  }
}

function senderOf(text: string): Sender {
  const { name, uid, gid, file } = SENDER.exec(text)?.groups ?? {}
  if (name === undefined)
    throw new TypeError(`expected NAME, NAME as UID:GID or NAME /FILE, found ${JSON.stringify(text)}`)
  return { name, claim: uid === undefined ? null : { uid: Number(uid), gid: Number(gid) }, file: file ?? null }
}

function inWords(owner: Owner | null): string {
  return owner === null ? 'nothing' : `${owner.uid}:${owner.gid}`
}

function cells(line: string): string[] {
  return line.split(/ {2,}|\t+/)
}
