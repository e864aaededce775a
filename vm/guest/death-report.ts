import { type HarnessCode, HarnessError } from '../harness-error.ts'
import type { Console } from '../qemu/console.ts'
import type { QemuProcess } from '../qemu/process.ts'

const EMPTY_CONSOLE = 'the console stayed empty'

/** The error for a guest that is of no use any more: the sentence, and everything a person needs to find out why. */
export function troubleWith(qemu: QemuProcess, console: Console, code: HarnessCode, sentence: string): HarnessError {
  const said = console.excerpt()
  return new HarnessError(code, `${sentence}.`, {
    details: [
      ...(qemu.stderr() === '' ? [] : ['QEMU said:', ...indent(qemu.stderr().split('\n'))]),
      ...(said.length === 0 ? [EMPTY_CONSOLE] : ['the last console lines:', ...indent(said)]),
      `console log: ${console.logFile}`,
      `QEMU command line: ${qemu.commandLine.map(quote).join(' ')}`,
    ],
  })
}

/** KVM that opens and then dies leaves an empty console; a kernel that panics has written to it first. */
export function isKvmFailure(error: unknown): boolean {
  if (!(error instanceof HarnessError) || error.code !== 'GUEST_BOOT') return false
  return error.details.some(line => line === EMPTY_CONSOLE || /KVM internal error|failed to initialize kvm/i.test(line))
}

function indent(lines: readonly string[]): string[] {
  return lines.map(line => `    ${line}`)
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
