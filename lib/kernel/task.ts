import fs from 'node:fs'
import { type Blame, IdmaplabError } from '../error.ts'
import { ArgumentError } from './argument-error.ts'
import { type Caller, call, SCRATCH_BYTES } from './caller.ts'
import { SyscallError } from './errno.ts'
import { type Memory, makeExecutable, mapMemory, rawClone, reap, socketPair, unmapMemory } from './libc.ts'
import { type Argument, Scratch } from './scratch.ts'
import { type RegisterFile, writeRegisters } from './syscall-registers.ts'
import { SERVER_CODE, slot } from './syscall-server.ts'

const CLONE_VM = 0x100
const SIGCHLD = 17
/** clone(2): a mount namespace of its own. */
export const CLONE_NEWNS = 0x20000
/** clone(2): a user namespace of its own, without maps until they are written. */
export const CLONE_NEWUSER = 0x10000000

/** Descriptors a task may keep: the list of those to close must fit into its slot. */
const MOST_KEPT = 256
const STACK_BYTES = 16 * 1024
const SCRATCH_AT = 4096
const MEMORY_BYTES = SCRATCH_AT + SCRATCH_BYTES + STACK_BYTES

/**
 * A process that shares this one's memory and makes system calls for it, one at a time, in namespaces and with
 * credentials of its own: an actor inside a container for the price of a `clone` (0.3 ms), without executing anything.
 *
 * A Node process has threads, so it can enter no user namespace itself (`setns`, `unshare`: EINVAL), and forking it
 * loses V8's heap (it is marked MADV_DONTFORK). A bare task created with CLONE_VM is single-threaded in the kernel's
 * eyes, needs no code but `SERVER_CODE`, and its errnos are the kernel's, untouched.
 *
 * Changing its credentials makes the memory, and so this process too, non-dumpable (PR_SET_DUMPABLE).
 * Its file descriptors are its own. It ends when {@link close}d or when this process ends, by any means.
 */
export class Task implements Caller, Disposable {
  readonly pid: number
  readonly name: string | undefined
  readonly #scratch: Scratch
  readonly #memory: Memory
  readonly #call: RegisterFile
  readonly #socket: number
  #ended = false

  /**
   * `flags`: CLONE_NEW… namespaces to be born in. Needs what clone(2) needs: CLONE_NEWNS alone CAP_SYS_ADMIN.
   * `keep`: descriptors of this process, at most 256, that the task shall have too, under the same numbers.
   */
  constructor(options: { flags?: number; name?: string; keep?: readonly number[] } = {}) {
    const sockets = socketPair()
    if (typeof sockets === 'number') throw new SyscallError({ errno: -sockets, syscall: 'socketpair', args: [] })
    const [ours, theirs] = sockets
    this.name = options.name
    this.#memory = mapMemory(MEMORY_BYTES)
    this.#scratch = new Scratch(this.#memory, SCRATCH_AT, SCRATCH_AT + SCRATCH_BYTES)
    this.#call = slot.call(this.#memory.bytes)
    this.#socket = ours
    slot.writeSocket(this.#memory.bytes, theirs)
    slot.writeClosed(this.#memory.bytes, allBut([theirs, ...(options.keep ?? [])]))
    const flags = options.flags ?? 0
    const stackTop = this.#memory.address + BigInt(MEMORY_BYTES - 16)
    this.pid = rawClone(serverCode().address, stackTop, flags | CLONE_VM | SIGCHLD, this.#memory.address)
    fs.closeSync(theirs)
    if (this.pid < 0) {
      fs.closeSync(ours)
      unmapMemory(this.#memory)
      throw new SyscallError({ errno: -this.pid, syscall: 'clone', args: [namespaceFlags(flags)] })
    }
    // Its answer says that the descriptors it inherited are closed.
    call(this, 'getpid', [])
  }

  // The memory is gone once the task is: touching it then would kill this process.
  get scratch(): Scratch {
    if (this.#ended) throw new TaskEndedError(this, undefined)
    return this.#scratch
  }

  invoke(number: number, args: readonly Argument[]): number {
    if (this.#ended) throw new TaskEndedError(this, undefined)
    writeRegisters(this.#call, number, args, this.#scratch)
    try {
      fs.writeSync(this.#socket, GO)
    } catch {
      throw this.#died()
    }
    this.#awaitAnswer()
    return slot.readResult(this.#memory.bytes)
  }

  /** Ends the process and waits for it; a second time does nothing. */
  close(): void {
    if (this.#ended) return
    this.#ended = true
    fs.closeSync(this.#socket)
    reap(this.pid)
    unmapMemory(this.#memory)
  }

  /** Ends the process; for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  // Blocks as long as the call does. The task holds the only other end, so its death ends the read.
  #awaitAnswer(): void {
    let read: number
    try {
      read = fs.readSync(this.#socket, Buffer.alloc(1))
    } catch {
      read = 0
    }
    if (read !== 1) throw this.#died()
  }

  #died(): TaskEndedError {
    this.#ended = true
    fs.closeSync(this.#socket)
    const status = reap(this.pid)
    unmapMemory(this.#memory)
    return new TaskEndedError(this, status)
  }
}

/** The task is no more: closed, or killed, as the kernel does when a call oopses. */
export class TaskEndedError extends IdmaplabError {
  readonly code = 'TASK_ENDED'
  readonly blame: Blame = 'kernel'
  constructor(task: Task, status: number | undefined) {
    const how = status === undefined ? 'has ended' : `ended during a system call, wait status ${status}`
    super(`${task.name ?? 'the task'} (pid ${task.pid}) ${how}`)
  }
}

const GO = Buffer.from([1])

// Its end of the socket must be the only copy it has: else it would not see ours close when this process dies.
function allBut(kept: readonly number[]): (readonly [first: number, last: number])[] {
  const FIRST = 3
  const LAST = 0xffffffff
  if (kept.length > MOST_KEPT)
    throw new ArgumentError(`a task can keep ${MOST_KEPT - 1} descriptors, not ${kept.length - 1}`)
  const ranges: [number, number][] = []
  let next = FIRST
  for (const fd of kept.toSorted((a, b) => a - b)) {
    if (fd > next) ranges.push([next, fd - 1])
    next = Math.max(next, fd + 1)
  }
  return [...ranges, [next, LAST]]
}

function namespaceFlags(flags: number): string {
  const names = [
    [CLONE_NEWUSER, 'CLONE_NEWUSER'],
    [CLONE_NEWNS, 'CLONE_NEWNS'],
  ] as const
  const rest = names.reduce((left, [bit]) => left & ~bit, flags)
  const found = names.filter(([bit]) => flags & bit).map(([, name]) => name)
  return [...found, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join('|')
}

let code: Memory | undefined
function serverCode(): Memory {
  code ??= makeExecutable(SERVER_CODE)
  return code
}
