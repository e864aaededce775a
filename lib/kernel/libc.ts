// The only file that imports koffi. Everything above it speaks in numbers and addresses.
import koffi from 'koffi'

type Libc = {
  readonly syscall: (...args: (bigint | number)[]) => number | bigint
  readonly mmap: (
    address: null,
    bytes: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => unknown
  readonly mprotect: (address: bigint, bytes: number, protection: number) => number
  readonly munmap: (address: bigint, bytes: number) => number
  readonly clone: (fn: bigint, stack: bigint, flags: number, arg: bigint) => number
  readonly sigfillset: (set: Buffer) => number
  readonly pthreadSigmask: (how: number, set: Buffer, old: Buffer | null) => number
  readonly socketpair: (domain: number, type: number, protocol: number, fds: number[]) => number
  readonly waitpid: (pid: number, status: number[], options: number) => number
}

let loaded: Libc | undefined

/** The C library, loaded on first use so that importing the library costs nothing and works where koffi has no binary. */
function libc(): Libc {
  loaded ??= load()
  return loaded
}

function load(): Libc {
  const lib = koffi.load('libc.so.6')
  return {
    syscall: lib.func('int64 syscall(int64, int64, int64, int64, int64, int64, int64)'),
    mmap: lib.func('void *mmap(void *, size_t, int, int, int, int64)'),
    mprotect: lib.func('int mprotect(uintptr_t, size_t, int)'),
    munmap: lib.func('int munmap(uintptr_t, size_t)'),
    clone: lib.func('int clone(uintptr_t, uintptr_t, int, uintptr_t)'),
    sigfillset: lib.func('int sigfillset(void *)'),
    pthreadSigmask: lib.func('int pthread_sigmask(int, void *, void *)'),
    socketpair: lib.func('int socketpair(int, int, int, _Out_ int *)'),
    waitpid: lib.func('int waitpid(int, _Out_ int *, int)'),
  }
}

/** Memory outside the JavaScript heap: it has an address the kernel can be given, and never moves. */
export type Memory = { readonly address: bigint; readonly bytes: Buffer }

/** Anonymous private pages; `bytes` is rounded up to whole pages by the kernel. Release with {@link unmapMemory}. */
export function mapMemory(bytes: number): Memory {
  const PROT_READ_WRITE = 3
  const MAP_PRIVATE_ANONYMOUS = 0x22
  const pointer = libc().mmap(null, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
  const address = koffi.address(pointer)
  if (address === MAP_FAILED) throw new Error(`mmap of ${bytes} bytes failed: errno ${koffi.errno()}`)
  return { address, bytes: Buffer.from(koffi.view(pointer, bytes)) }
}

const MAP_FAILED = 0xffff_ffff_ffff_ffffn

/** A copy of machine code in pages that can be run and no longer be written. Throws where a security policy forbids such pages. */
export function makeExecutable(code: Uint8Array): Memory {
  const PROT_READ_EXEC = 5
  const memory = mapMemory(code.length)
  memory.bytes.set(code)
  if (libc().mprotect(memory.address, memory.bytes.length, PROT_READ_EXEC) === 0) return memory
  const errno = koffi.errno()
  unmapMemory(memory)
  throw new Error(`memory cannot be made executable (a security policy may forbid it): errno ${errno}`)
}

/** Machine code at an address as a function of C: one argument in `rdi`, a result of 64 bits. */
export function functionAt(address: bigint): (argument: bigint) => number | bigint {
  return koffi.decode(address, koffi.proto('int64', ['uintptr_t']))
}

/** After this the memory's `bytes` must never be touched again. */
export function unmapMemory(memory: Memory): void {
  libc().munmap(memory.address, memory.bytes.length)
}

/** One system call by this thread, by way of syscall(3): its result, or minus the errno. */
export function libcSyscall(number: number, args: readonly (bigint | number)[]): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args
  const result = Number(libc().syscall(number, a, b, c, d, e, f))
  return result === -1 ? -koffi.errno() : result
}

/**
 * clone(2) with all signals blocked in the child: signal handlers are copied with the process, and Node's would write
 * into the parent's memory. Returns the child's pid, or minus the errno.
 */
export function rawClone(code: bigint, stackTop: bigint, flags: number, arg: bigint): number {
  const SIG_SETMASK = 2
  const all = Buffer.alloc(128)
  const before = Buffer.alloc(128)
  libc().sigfillset(all)
  libc().pthreadSigmask(SIG_SETMASK, all, before)
  const pid = libc().clone(code, stackTop, flags, arg)
  const errno = koffi.errno()
  libc().pthreadSigmask(SIG_SETMASK, before, null)
  return pid < 0 ? -errno : pid
}

/** A pair of connected stream sockets, close-on-exec: `[ours, theirs]`, or minus the errno. */
export function socketPair(): readonly [number, number] | number {
  const AF_UNIX = 1
  const SOCK_STREAM_CLOEXEC = 0o2000001
  const fds = [-1, -1]
  if (libc().socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, fds) !== 0) return -koffi.errno()
  return [fds[0] ?? -1, fds[1] ?? -1]
}

/** Waits for the child `pid` to end and reaps it: its wait status, or `undefined` when it is no child. */
export function reap(pid: number): number | undefined {
  const __WALL = 0x40000000
  const status = [0]
  return libc().waitpid(pid, status, __WALL) === pid ? status[0] : undefined
}
