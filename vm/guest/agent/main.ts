// The agent: comes into a guest over its virtio-serial port, bundled into one file (see bundle.ts), is run by loader.ts, and speaks ../protocol.ts.
import { guest } from './place.ts'
import { serve } from './serve.ts'

/** Called by the loader, with the open port. */
export function start(port: number): void {
  serve(port, guest)
}
