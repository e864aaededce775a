import type { Id } from '../idmap/extent.ts'
import type { Caller } from './caller.ts'
import { readFile } from './files.ts'

/** The four ids a process has of each kind; files are judged by the last. */
export type FourIds = { readonly real: Id; readonly effective: Id; readonly saved: Id; readonly filesystem: Id }

/** Who a process is, as `/proc/PID/status` says it: ids as the reader's user namespace has them. */
export type ProcessStatus = {
  /** At most 15 bytes, chosen by the process: not to be trusted on a terminal. */
  readonly name: string
  readonly uid: FourIds
  readonly gid: FourIds
  readonly groups: readonly Id[]
  /** Bit n is capability n. They count for the process's user namespace and those inside it. */
  readonly capabilities: {
    readonly inheritable: bigint
    readonly permitted: bigint
    readonly effective: bigint
    readonly bounding: bigint
    readonly ambient: bigint
  }
}

/** Reads `/proc/PID/status` (proc_pid_status(5)). ENOENT: there is no such process. */
export function readProcessStatus(caller: Caller, pid: number): ProcessStatus {
  return parseProcessStatus(Buffer.from(readFile(caller, `/proc/${pid}/status`)).toString())
}

/** Reads the text of such a file. */
export function parseProcessStatus(text: string): ProcessStatus {
  const fields = new Map(
    text.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const field = (name: string) => fields.get(name) ?? ''
  const set = (name: string) => BigInt(`0x${field(name) || '0'}`)
  return {
    name: field('Name'),
    uid: four(field('Uid')),
    gid: four(field('Gid')),
    groups: numbers(field('Groups')),
    capabilities: {
      inheritable: set('CapInh'),
      permitted: set('CapPrm'),
      effective: set('CapEff'),
      bounding: set('CapBnd'),
      ambient: set('CapAmb'),
    },
  }
}

function four(text: string): FourIds {
  const [real = 0, effective = 0, saved = 0, filesystem = 0] = numbers(text)
  return { real, effective, saved, filesystem }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number)
}
