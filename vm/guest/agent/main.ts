// The agent: comes into a guest over its virtio-serial port, bundled into one file (see bundle.ts), is run by loader.ts, and speaks ../protocol.ts.
import type { Arrival } from '../protocol.ts'
import { arrive } from './arrive.ts'
import { guestDevices } from './devices.ts'
import { serve } from './serve.ts'

/** Called by the loader, with the open port. */
export function start(port: number, arrival: Omit<Arrival, 'code'>): void {
  arrive(arrival)
  serve(port, guestDevices)
}
