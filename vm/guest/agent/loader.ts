// Runs inside the guest from its boot on, and is frozen with it; see bundle.ts. The agent proper comes in over its port afterwards, and is frozen once more.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import v8 from 'node:v8'
import vm from 'node:vm'
import { AGENT_PORT } from '../../agent-port.ts'
import { ROOT_SERIAL } from '../../image/root-serial.ts'
import { encodeFrame, FrameReader } from '../frames.ts'
import type { Admission } from '../protocol.ts'
import { portNamed } from './port.ts'

const READ_BYTES = 64 * 1024
/** Lies beside the loader; koffi itself would look for it in its package. */
const NATIVE = './koffi.node'
const BLOCK_DRIVER = '/sys/bus/virtio/drivers/virtio_blk'

const require = createRequire(import.meta.url)
const koffi = require(NATIVE) as { load(library: string): { func(signature: string): () => unknown } }
const port = fs.openSync(portNamed(AGENT_PORT), fs.constants.O_RDWR)
const reader = new FrameReader()
const buffer = Buffer.alloc(READ_BYTES)
letGoOfDisks()
await warmUp()
fs.writeSync(port, encodeFrame({ kind: 'ready' }))
receive()

// A driver asks a disk for its size, its features and its serial number when it is bound to it: so for the case's disks that happens after the snapshot.
function letGoOfDisks(): void {
  for (const disk of fs.readdirSync('/sys/block').filter(name => name.startsWith('vd'))) {
    if (fs.readFileSync(`/sys/block/${disk}/serial`, 'utf8').trim() === ROOT_SERIAL) continue
    fs.writeFileSync(`${BLOCK_DRIVER}/unbind`, fs.readlinkSync(`/sys/block/${disk}/device`).split('/').at(-1) ?? '')
  }
}

// Loading a part of Node costs an emulated guest up to 0.3 s, its first use some tens of milliseconds: paid once, before the snapshot.
async function warmUp(): Promise<void> {
  for (const name of ['node:os', 'node:timers/promises']) require(name)
  const child = spawn('true', { stdio: 'pipe' })
  child.stdin.end()
  await once(child, 'close')
  koffi.load('libc.so.6').func('int getpid()')()
  vm.compileFunction('')()
}

// The port is a character device libuv cannot poll: one thread of its pool waits in read(2).
function receive(): void {
  fs.read(port, buffer, 0, READ_BYTES, null, (error, bytes) => {
    if (error !== null || bytes === 0) process.exit(error === null ? 0 : 1)
    const [admission] = reader.push(Buffer.from(buffer.subarray(0, bytes)))
    if (admission === undefined) receive()
    else start(admission as Admission)
  })
}

// Only the host speaks on this port: what it sends is run, what the guest sends never is.
function start({ code }: Admission): void {
  const module: { exports: unknown } = { exports: {} }
  const within = (name: string): unknown => (name === 'koffi' ? koffi : require(name))
  compiled(code)(within, module)
  const agent = module.exports as { start(port: number): void }
  agent.start(port)
}

// All of it, here and now: otherwise each case would wait for what it is the first to call.
function compiled(code: string) {
  v8.setFlagsFromString('--no-lazy')
  try {
    return vm.compileFunction(code, ['require', 'module'], { filename: '/idmaplab/agent.cjs' })
  } finally {
    v8.setFlagsFromString('--lazy')
  }
}
