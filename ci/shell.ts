import { constants } from 'node:os'
import { StringDecoder } from 'node:string_decoder'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { PROFILE } from '../scenarios/kit/profile.ts'
import { quoted } from '../scenarios/kit/quoted.ts'
import { type SetUp, setUp } from '../scenarios/kit/set-up.ts'
import { shellKinds, shellStory } from '../scenarios/kit/shell-story.ts'
import type { Scenario } from '../scenarios/kit/story.ts'
import { openCache } from '../vm/cache/cache.ts'
import { openGuest } from '../vm/guest/open.ts'
import { openSession, type Session, type SessionCommand, type SessionEnd } from '../vm/guest/session.ts'
import { enterSession } from '../vm/guest/session-socket.ts'
import { harmless } from '../vm/harmless.ts'
import { resolveSpec } from '../vm/kernel/resolve.ts'
import { parseKernelSpec } from '../vm/kernel/spec.ts'
import type { AcceleratorChoice } from '../vm/qemu/accelerator.ts'
import { loadScenarios } from './catalogue.ts'
import { filesystemName } from './filesystem-name.ts'
import { interact } from './interact.ts'
import { keptGuests } from './kept-guests.ts'
import { terminalProgress } from './terminal-progress.ts'
import { UsageError } from './usage-error.ts'

export type ShellOptions = {
  readonly kernel: string
  readonly modules?: string
  readonly fs?: string
  readonly scenario?: string
  /** The socket of a guest that is kept; `true` when it is not said which. */
  readonly attach?: string | true
  readonly accel: AcceleratorChoice
  readonly cold?: boolean
  readonly seed?: string
  readonly raw?: boolean
}

/** A shell, or one command, in a guest that has its disks mounted; gives the command's exit code. */
export async function shell(argv: readonly string[], options: ShellOptions): Promise<number> {
  if (options.fs !== undefined && options.scenario !== undefined)
    throw new UsageError('--fs and --scenario both say what the guest has: give one of them.')
  if (options.attach !== undefined) {
    requireTerminal(argv)
    const socket = options.attach === true ? await onlyKept() : options.attach
    return have((command, output) => enterSession(socket, command, output), argv, options)
  }
  const story =
    options.scenario === undefined ? shellStory(kindsOf(options.fs ?? 'ext4')) : await named(options.scenario)
  requireTerminal(argv)
  const cache = await openCache()
  const progress = terminalProgress()
  const { modules, accel, cold, seed } = options
  const kernel = await resolveSpec(parseKernelSpec(options.kernel), {
    cache,
    progress,
    ...(modules === undefined ? {} : { modules }),
  })
  await using place = await cache.temporary()
  const case_ = { kernel, open: openGuest, cache, progress, accelerator: accel, artifacts: place.path }
  await using ready = await setUp(story, {
    ...case_,
    ...(cold === undefined ? {} : { cold }),
    ...(seed === undefined ? {} : { seed }),
  })
  if (isPersonal()) greet(ready)
  return await have(async (command, output) => openSession(ready.guest, command, output), argv, options)
}

/** Before anything is opened that takes time. */
function requireTerminal(argv: readonly string[]): void {
  if (!isPersonal() && argv.length === 0)
    throw new UsageError('A shell needs a terminal; without one, say what to run: idmaplab shell -- COMMAND.')
}

async function onlyKept(): Promise<string> {
  const kept = await keptGuests(await openCache())
  const [only, ...others] = kept
  if (only !== undefined && others.length === 0) return only.socket
  if (only === undefined)
    throw new UsageError('No guest is kept on this machine: idmaplab run --keep keeps the first that fails.')
  const lines = kept.map(
    ({ socket, pid, command }) => `    --attach ${quoted(socket)}\n        by process ${pid} (${command})`,
  )
  throw new UsageError(['Several guests are kept; say which:', ...lines].join('\n'))
}

function kindsOf(text: string): string[] {
  const kinds = [...new Set(text.split(',').map(filesystemName))]
  const odd = kinds.find(kind => !Object.hasOwn(shellKinds, kind))
  if (odd === undefined) return kinds
  throw new UsageError(`--fs ${JSON.stringify(odd)} is none of ${Object.keys(shellKinds).join(', ')}.`)
}

async function named(name: string): Promise<Scenario> {
  const [story] = await loadScenarios([name])
  if (story === undefined) throw new UsageError(`There is no scenario ${JSON.stringify(name)}.`)
  return story
}

function greet({ guest, mounts, containers, problem }: SetUp): void {
  const lines = [
    `Linux ${guest.kernelRelease}, ${guest.accelerator}; mounted: ${mounts.join(' ') || 'nothing'}`,
    ...(containers.length === 0 ? [] : [`enter CONTAINER leads into: ${containers.map(({ name }) => name).join(' ')}`]),
    ...(problem === undefined ? [] : [`the story did not come to its end: ${problem}`]),
    'exit leaves, and the guest is gone; Ctrl-] three times leaves one that hangs',
  ]
  for (const line of lines) process.stderr.write(`idmaplab: ${harmless(line)}\n`)
}

type Opening = (
  command: SessionCommand,
  output: (stream: 'stdout' | 'stderr', data: Buffer) => void,
) => Promise<Session>

const SHELL = ['/idmaplab/busybox', 'ash', '-i']

async function have(open: Opening, argv: readonly string[], { raw }: ShellOptions): Promise<number> {
  const environment = { ENV: PROFILE, COLORTERM: process.env.COLORTERM ?? '' }
  if (!isPersonal()) {
    const session = await open({ argv, environment, terminal: null }, showing(raw ?? false))
    feed(session)
    return exitCodeOf(await session.ended)
  }
  const { columns, rows } = process.stdout
  const terminal = { columns, rows, term: process.env.TERM ?? 'dumb' }
  const session = await open({ argv: argv.length === 0 ? SHELL : argv, environment, terminal }, () => {})
  const end = await interact(session, { input: process.stdin, output: process.stdout })
  if (end === 'left') session.hangUp()
  return end === 'left' ? ExitCode.error : exitCodeOf(end)
}

/** Passes on what a command writes, each stream to its own; not raw, a terminal must not obey it. */
function showing(raw: boolean): (stream: 'stdout' | 'stderr', data: Buffer) => void {
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
  return (stream, data) => process[stream].write(raw ? data : harmless(decoders[stream].write(data)))
}

/** Whether a person sits at both ends. */
function isPersonal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY
}

function feed(session: Session): void {
  let bytes = 0
  const { stdin } = process
  if (stdin.isTTY) {
    session.endInput(0)
    return
  }
  stdin.on('data', (data: Buffer) => {
    bytes += data.length
  })
  stdin.on('end', () => session.endInput(bytes))
  stdin.on('error', () => session.endInput(bytes))
  stdin.pipe(session.bytes, { end: false })
  session.ended.catch(() => {}).finally(() => stdin.unpipe().destroy())
}

/** As shells have it: 128 and the number of the signal that ended the command. */
function exitCodeOf({ code, signal }: SessionEnd): number {
  return code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0)
}
