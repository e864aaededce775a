import fs from 'node:fs'
import { TERMINAL_PORT } from '../../agent-port.ts'
import type { Arrival } from '../protocol.ts'
import { arriveInGuest } from './guest-arrival.ts'
import { portNamed } from './port.ts'

/** Where the agent runs: how it finds what it was given by whoever started it, and what a case changes there. */
export type Place = {
  /** The block device of the case's disk of this name. */
  readonly disk: (serial: string) => string
  /** A descriptor for the bytes of a person's terminal; asked for once. */
  readonly openTerminal: () => number
  /** A case begins. */
  readonly arrive: (arrival: Arrival) => void
}

/** A guest's: disks by their serial number, ports by their name. */
export const guest: Place = {
  disk(serial) {
    const name = fs.readdirSync('/sys/block').find(disk => serialOf(disk) === serial)
    if (name === undefined) throw new Error(`no disk of this guest has the serial ${serial}`)
    return `/dev/${name}`
  },
  openTerminal: () => fs.openSync(portNamed(TERMINAL_PORT), fs.constants.O_RDWR),
  arrive: arriveInGuest,
}

/** A virtio disk has its number itself; an NVMe disk's is its controller's, padded with blanks. */
function serialOf(disk: string): string | undefined {
  const file = [`/sys/block/${disk}/serial`, `/sys/block/${disk}/device/serial`].find(path => fs.existsSync(path))
  return file === undefined ? undefined : fs.readFileSync(file, 'utf8').trim()
}
