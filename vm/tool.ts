import type { Readable } from 'node:stream'
import { $ } from 'zx/core'
import { type HarnessCode, HarnessError } from './harness-error.ts'

/** How a host command is run and what it means when it fails. */
export type ToolRun = {
  /** What the command is for, completing "… failed": `unpacking linux-image-6.12`. */
  readonly what: string
  /** The code of the error when it fails. */
  readonly code: HarnessCode
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Standard input; empty if not given. */
  readonly input?: string
  /** Gets every line of both streams as it is written. */
  readonly onLine?: (line: string) => void
}

/** Runs a host command to its end and gives its standard output; a failure is a HarnessError with what the command said in `details`. */
export async function runTool(argv: readonly string[], run: ToolRun): Promise<string> {
  const command = $({
    quiet: true,
    nothrow: true,
    // exec and pdeathsig: the command is our own child and ends when we do, also when we are SIGKILLed.
    prefix: 'exec setpriv --pdeathsig TERM -- ',
    // A process group of its own: mmdebstrap, when it fails, hangs up on its whole group.
    detached: true,
    input: run.input ?? '',
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    env: { ...process.env, ...SAYS_THE_SAME_EVERYWHERE, PATH: searchPath(), ...run.env },
  })`${argv}`
  if (run.onLine !== undefined) for (const stream of [command.stdout, command.stderr]) watchLines(stream, run.onLine)
  const ended = await command
  if (ended.exitCode === 0) return ended.stdout
  throw failure(argv, run, ended)
}

/** Messages are matched (`No space left on device`) and quoted, so they must not depend on the user's language. */
const SAYS_THE_SAME_EVERYWHERE = { LC_ALL: 'C', LANGUAGE: 'C' }

/** An ordinary user of Debian has no sbin in PATH, and depmod and debugfs live there. */
function searchPath(): string {
  return `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`
}

function watchLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split(/[\r\n]+/)
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}

function failure(
  argv: readonly string[],
  run: ToolRun,
  ended: { exitCode: number | null; signal: string | null; stdout: string; stderr: string },
): HarnessError {
  const [name = ''] = argv
  if (ended.exitCode === 127)
    return new HarnessError(
      'PREREQUISITE_MISSING',
      `${name} was not found, so ${run.what} failed: install it and run again.`,
    )
  const how = ended.signal === null ? `exit code ${ended.exitCode}` : ended.signal
  const said = [...lastLines(ended.stdout, 10), ...lastLines(ended.stderr, 20)]
  return new HarnessError(run.code, `${capital(run.what)} failed: ${name} ended with ${how}.`, {
    details: [...said, `command: ${argv.join(' ')}`],
  })
}

/** apt's progress (`dlstatus:…`) is for programs. */
function lastLines(text: string, count: number): string[] {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !/^\w+status:/.test(line))
  return lines.slice(-count)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
