import { type RegisterFile, registerFile } from './syscall-registers.ts'

/**
 * The machine code a {@link Task} runs, and the layout of the slot it is given in `rdi`.
 * It closes the descriptors it inherited, as the slot lists them: by itself, so that it notices the end of its owner
 * even when that one is killed before it could say a word. Then it reads one byte from its socket, makes the call the
 * slot describes, stores the result, and writes the byte back; when the socket ends it exits. It uses no stack, no libc
 * and no thread-local storage, all of which belong to the process whose memory it shares.
 */
export const SERVER_CODE = Uint8Array.from(
  [
    [0x48, 0x89, 0xfb], //                   mov rbx, rdi          ; survives system calls, unlike rcx and r11
    [0x4c, 0x8d, 0x63, 0x50], //             lea r12, [rbx + 80]   ; descriptors to close: first, last; 0 ends the list
    // close:
    [0x41, 0x8b, 0x3c, 0x24], //             mov edi, [r12]
    [0x85, 0xff], //                         test edi, edi
    [0x74, 0x14], //                         jz next
    [0x41, 0x8b, 0x74, 0x24, 0x04], //       mov esi, [r12 + 4]
    [0x31, 0xd2], //                         xor edx, edx
    [0xb8, 0xb4, 0x01, 0x00, 0x00], //       mov eax, 436          ; close_range
    [0x0f, 0x05], //                         syscall
    [0x49, 0x83, 0xc4, 0x08], //             add r12, 8
    [0xeb, 0xe4], //                         jmp close
    // next:
    [0x31, 0xc0], //                         xor eax, eax          ; read
    [0x8b, 0x3b], //                         mov edi, [rbx]        ; socket
    [0x48, 0x8d, 0x73, 0x08], //             lea rsi, [rbx + 8]
    [0xba, 0x01, 0x00, 0x00, 0x00], //       mov edx, 1
    [0x0f, 0x05], //                         syscall
    [0x48, 0x83, 0xf8, 0x01], //             cmp rax, 1
    [0x75, 0x36], //                         jne end
    [0x48, 0x8b, 0x43, 0x10], //             mov rax, [rbx + 16]   ; number
    [0x48, 0x8b, 0x7b, 0x18], //             mov rdi, [rbx + 24]
    [0x48, 0x8b, 0x73, 0x20], //             mov rsi, [rbx + 32]
    [0x48, 0x8b, 0x53, 0x28], //             mov rdx, [rbx + 40]
    [0x4c, 0x8b, 0x53, 0x30], //             mov r10, [rbx + 48]
    [0x4c, 0x8b, 0x43, 0x38], //             mov r8, [rbx + 56]
    [0x4c, 0x8b, 0x4b, 0x40], //             mov r9, [rbx + 64]
    [0x0f, 0x05], //                         syscall
    [0x48, 0x89, 0x43, 0x48], //             mov [rbx + 72], rax   ; result
    [0xb8, 0x01, 0x00, 0x00, 0x00], //       mov eax, 1            ; write
    [0x8b, 0x3b], //                         mov edi, [rbx]
    [0x48, 0x8d, 0x73, 0x08], //             lea rsi, [rbx + 8]
    [0xba, 0x01, 0x00, 0x00, 0x00], //       mov edx, 1
    [0x0f, 0x05], //                         syscall
    [0xeb, 0xb5], //                         jmp next
    // end:
    [0xb8, 0xe7, 0x00, 0x00, 0x00], //       mov eax, 231          ; exit_group
    [0x31, 0xff], //                         xor edi, edi
    [0x0f, 0x05], //                         syscall
  ].flat(),
)

const SOCKET = 0
const CALL = 16
const RESULT = 72
const CLOSED = 80

export const slot = {
  writeSocket(memory: Buffer, fd: number): void {
    memory.writeInt32LE(fd, SOCKET)
  },
  /** Which descriptors to close at birth, first and last; none is 0, and the zeroed memory behind them ends the list. */
  writeClosed(memory: Buffer, ranges: readonly (readonly [first: number, last: number])[]): void {
    ranges.forEach(([first, last], i) => {
      memory.writeUInt32LE(first, CLOSED + 8 * i)
      memory.writeUInt32LE(last, CLOSED + 8 * i + 4)
    })
  },
  /** Where the next call is written to. */
  call(memory: Buffer): RegisterFile {
    return registerFile(memory, CALL)
  },
  readResult(memory: Buffer): number {
    return Number(memory.readBigInt64LE(RESULT))
  },
}
