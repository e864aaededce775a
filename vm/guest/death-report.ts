import { type HarnessCode, HarnessError } from '../harness-error.ts'
import { diskFull, fullDirectory, memoryKills, saysNoMemory, saysNoSpace } from '../machine-trouble.ts'
import type { Console } from '../qemu/console.ts'
import type { GuestProcess } from './guest-process.ts'
import { KernelTrouble } from './kernel-trouble.ts'

const EMPTY_CONSOLE = 'the console stayed empty'

/** A guest that may die, and what decides who is to blame. */
export type Mortal = {
  readonly process: GuestProcess
  readonly console: Console
  /** Where QEMU writes: the directories of the images and the log. */
  readonly directories: readonly string[]
  /** {@link memoryKills} when QEMU was started. */
  readonly killsBefore: number
}

/** The error for a kernel that is in trouble: `console.crash` must have been seen. */
export function kernelTrouble(process: GuestProcess, console: Console): KernelTrouble {
  const { kind = 'oops', line = '' } = console.crash ?? {}
  return new KernelTrouble(`The guest's kernel is in trouble (${kind}): ${line.trim()}.`, {
    kind,
    trace: console.excerpt(),
    details: whereToLook(process, console),
  })
}

/** The error for a guest's process that `how` ("was killed by SIGKILL") ended before it was told to: the kernel's, the machine's, or its own. */
export function deathOf({ process, console, directories, killsBefore }: Mortal, how: string): Error {
  if (console.crash !== undefined) return kernelTrouble(process, console)
  const full = fullDirectory(directories)
  if (saysNoSpace(process.stderr()) || (full !== undefined && how.includes('SIGBUS')))
    return diskFull('what QEMU writes', full ?? directories[0] ?? '/', undefined, dead())
  if (saysNoMemory(process.stderr()) || (how.includes('SIGKILL') && memoryKills() > killsBefore)) {
    const sentence = `The machine has not enough memory for this guest: ${process.called.subject} ${how}; run fewer guests side by side (--jobs)`
    return troubleWith(process, console, 'OUT_OF_MEMORY', sentence)
  }
  return dead()

  function dead(): HarnessError {
    const { died, subject } = process.called
    return troubleWith(process, console, died, `${capital(subject)} ${how}`)
  }
}

/** The error for a guest whose image has no room to grow on the host. */
export function imageCannotGrow({ process, console, directories }: Mortal): HarnessError {
  const full = fullDirectory(directories) ?? directories.at(-1) ?? '/'
  const stopped = troubleWith(process, console, 'GUEST_HUNG', 'QEMU stopped the guest')
  return diskFull('what the guest writes to its disks', full, undefined, stopped)
}

/** The error for a guest that does not answer, which may be because there is no room for what it writes. */
export function silenceOf({ process, console, directories }: Mortal, sentence: string): Error {
  const full = fullDirectory(directories)
  const hung = troubleWith(process, console, 'GUEST_HUNG', sentence)
  return full === undefined ? hung : diskFull('what the guest writes to its disks', full, undefined, hung)
}

/** The error for a guest that is of no use any more: the sentence, and everything a person needs to find out why. */
export function troubleWith(
  process: GuestProcess,
  console: Console,
  code: HarnessCode,
  sentence: string,
): HarnessError {
  const said = console.excerpt()
  return new HarnessError(code, `${sentence}.`, {
    details: [
      ...(process.stderr() === ''
        ? []
        : [`${capital(process.called.subject)} said:`, ...indent(process.stderr().split('\n'))]),
      ...(said.length === 0 ? [EMPTY_CONSOLE] : ['the last console lines:', ...indent(said)]),
      ...whereToLook(process, console),
    ],
  })
}

/** KVM that opens and then dies leaves an empty console; a kernel that panics has written to it first. */
export function isKvmFailure(error: unknown): boolean {
  if (!(error instanceof HarnessError) || error.code !== 'GUEST_BOOT') return false
  return error.details.some(line => line === EMPTY_CONSOLE || /KVM internal error|failed to initialize kvm/i.test(line))
}

/** A command line as a person can paste it into a shell. */
export function pasteable(commandLine: readonly string[]): string {
  return commandLine.map(quote).join(' ')
}

function whereToLook(process: GuestProcess, console: Console): string[] {
  return [`console log: ${console.logFile}`, `${process.called.line}: ${pasteable(process.commandLine)}`]
}

function indent(lines: readonly string[]): string[] {
  return lines.map(line => `    ${line}`)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
