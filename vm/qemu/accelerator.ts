import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { readVerdict, writeVerdict } from './verdict-file.ts'

export type Accelerator = 'kvm' | 'tcg'
/** How a guest's code runs; `native` is without a guest. */
export type Execution = Accelerator | 'native'
export type AcceleratorChoice = Accelerator | 'auto'

/** Where the machine's verdict on KVM is remembered: only a guest that answered proves it, only one that died refutes it. */
export class KvmVerdict {
  readonly #file: string
  readonly #machine: string

  constructor(cacheDirectory: string, qemuVersion: string) {
    this.#file = path.join(cacheDirectory, 'kvm.json')
    this.#machine = [bootOfMachine(), os.release(), qemuVersion].join(' ')
  }

  /** `undefined` when KVM has not been tried on this machine since it started, with this QEMU. */
  get(): boolean | undefined {
    return readVerdict(this.#file, this.#machine, v.boolean())
  }

  remember(works: boolean): void {
    writeVerdict(this.#file, this.#machine, works)
  }
}

/** Whether `/dev/kvm` is there and may be opened; it says nothing about whether it works. */
export function kvmOpens(device = '/dev/kvm'): boolean {
  try {
    fs.closeSync(fs.openSync(device, 'r+'))
    return true
  } catch {
    return false
  }
}

/** What to try, and the line to say about it if it is not what a user would expect. */
export function chooseAccelerator(
  choice: AcceleratorChoice,
  verdict: Pick<KvmVerdict, 'get'>,
  opens: () => boolean = kvmOpens,
): { accelerator: Accelerator; note?: string } {
  if (choice !== 'auto') return { accelerator: choice }
  if (!opens()) return { accelerator: 'tcg', note: 'No usable /dev/kvm: using TCG (emulation), which is slower.' }
  if (verdict.get() === false)
    return { accelerator: 'tcg', note: 'KVM did not work here before: using TCG (emulation), which is slower.' }
  return { accelerator: 'kvm' }
}

function bootOfMachine(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return os.hostname()
  }
}
