import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { IdmaplabError } from '../lib/error.ts'
import { ExitCode, exitCodeOfError } from '../scenarios/kit/exit-code.ts'
import { sabotages } from '../scenarios/kit/sabotage.ts'
import { cacheDirectory } from '../vm/cache/cache.ts'
import { harmless } from '../vm/harmless.ts'
import { HarnessError } from '../vm/harness-error.ts'
import { diskFull, isNoSpace } from '../vm/machine-trouble.ts'
import { addBaselineOptions } from './baseline/option.ts'
import { addHelpCommand } from './help-command.ts'
import { ownVersion } from './own-version.ts'
import { addReportOptions } from './report/option.ts'

/** The command `idmaplab`. Sets the exit code; shows every error as a sentence. */
export async function main(argv: readonly string[]): Promise<void> {
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
  // A claim nobody awaited, for one: a defect of the story, not of the kernel.
  process.on('unhandledRejection', error => process.exit(report(error)))
  process.stdout.on('error', unwritable)
  try {
    await (await program(argv[2] ?? '')).parseAsync([...argv])
  } catch (error) {
    process.exitCode = report(error)
  }
}

async function program(asked: string): Promise<Command> {
  const idmaplab = new Command('idmaplab')
    .description(
      'A laboratory for Linux id mappings: what is on the disk, what the host sees, what the container sees.',
    )
    .version(`idmaplab ${await ownVersion()}`, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageSentence(text)) })
  addRunCommand(idmaplab.command('run'))
  addMatrixCommand(idmaplab.command('matrix'))
  addShellCommand(idmaplab.command('shell'))
  if (!WITH_GUESTS.has(asked)) (await import('./other-commands.ts')).addOtherCommands(idmaplab)
  addHelpCommand(idmaplab)
  return idmaplab
}

/** These need nothing of what the other commands load, which is a third of all. */
const WITH_GUESTS: ReadonlySet<string> = new Set(['run', 'matrix', 'shell'])

function addRunCommand(run: Command): void {
  const several = 'a Debian series (5.10, 6.1, 6.12) or the path of a bzImage; several with commas'
  run
    .description('tell scenarios in guests and judge what the kernel did (all scenarios when none is named)')
    .argument('[scenario...]', 'names, as in scenarios/')
    .option('--kernel <kernels>', several, '6.12')
    .addHelpText('after', EXIT_CODES)
    .action(async (names: string[], options) => {
      const { run: runScenarios } = await import('./run.ts')
      process.exitCode = await runScenarios(names, options)
    })
  addRunOptions(run)
}

function addMatrixCommand(matrix: Command): void {
  matrix
    .description('tell scenarios on every kernel that matters; a run that is cut short goes on where it ended')
    .argument('[scenario...]', 'names, as in scenarios/')
    .option('--kernels <kernels>', 'as for run --kernel; the usual ones if not given')
    .option('--fresh', 'forget what a run that was cut short has told')
    .addHelpText('after', EXIT_CODES)
    .action(async (names: string[], options) => {
      const { matrix: runMatrix } = await import('./matrix.ts')
      process.exitCode = await runMatrix(names, options)
    })
  addRunOptions(matrix)
}

function addRunOptions(command: Command): void {
  command
    .option('--kernels-lock <file>', 'hold the kernels to the versions and sums in this file')
    .option('--modules <directory>', 'lib/modules/VERSION for a bzImage')
    .option('--fs <filesystem>', 'only scenarios about this file system')
    .option('--filter <pattern>', 'only scenarios whose name or title has this text, or is like vfat-*, or /matches/')
    .option('--shard <i/n>', 'only the i-th of n parts, which take about as long each and together are all')
    .option('--durations <file>', 'what --shard goes by, as durations.json in the cache (default: this version’s own)')
    .addOption(
      new Option('--accel <accelerator>', 'how the guest runs').choices(['auto', 'kvm', 'tcg']).default('auto'),
    )
    .option('--repeat <times>', 'tell each scenario so often, and compare the rounds', count)
    .option('--retry <times>', 'tell a case that fails so often again, each time in a fresh guest', count)
    .option('--fail-fast', 'begin nothing more after the first failure')
    .option('--max-failures <number>', 'begin nothing more after so many failures', count)
    .option('--jobs <guests>', 'so many guests side by side (default: from the CPUs and the free memory)', count)
    .option('--timeout <seconds>', 'for each case, on an idle machine with KVM; more where things are slower', positive)
    .option('--artifacts <directory>', 'where a failed case leaves what there is to look at (default: in the cache)')
    .option('--cold', 'boot each guest instead of restoring it from a snapshot')
    .option('--seed <text>', 'from which all that is random in a guest begins', seed)
    .option('--keep', 'keep what each case leaves, and the guest of the first that fails running, to be entered')
    .addOption(
      new Option('--break <sabotage>', 'break one thing on purpose, to see a scenario fail').choices(
        Object.keys(sabotages),
      ),
    )
  addReportOptions(command)
  addBaselineOptions(command)
}

const EXIT_CODES = `
Exit codes:
  0        every case that was executed passed, or ended as the baseline expects
  1        a case failed, or came to different ends when it was told again (FLAKY); with a baseline, a new failure
  2        a case could not be told (ERROR), or none was executed
  64       something was asked for that does not exist
  130 143  interrupted by Ctrl-C or SIGTERM; what was known by then was reported`

const IN_A_GUEST = `
In the guest, enter NAME leads into a container of the scenario. exit, or Ctrl-] three times, leaves a guest that was attached to as it is:
it ends with the run that keeps it, at Ctrl-C there or by kill PID.`

function addShellCommand(command: Command): void {
  command
    .description('a shell in a guest that has its disks mounted, or, after --, one command and its exit code')
    .argument('[command...]', 'what to run instead of a shell')
    .option('--kernel <kernel>', 'as for run', '6.12')
    .option('--modules <directory>', 'as for run')
    .option('--fs <filesystems>', 'ext4, vfat, overlay, with commas: each empty at /mnt/NAME (default: ext4)')
    .option('--scenario <name>', 'what this scenario mounts and starts, as it is at the end of its story')
    .option(
      '--attach [socket]',
      'into a guest that run --keep left running; without a socket: the only one, or say which there are',
    )
    .addOption(new Option('--accel <accelerator>', 'as for run').choices(['auto', 'kvm', 'tcg']).default('auto'))
    .option('--cold', 'boot the guest instead of restoring it from a snapshot')
    .option('--seed <text>', 'as for run', seed)
    .option('--raw', 'without a terminal: pass on every byte, control characters too')
    .addHelpText('after', IN_A_GUEST)
    .action(async (argv: string[], options) => {
      const { shell } = await import('./shell.ts')
      process.exitCode = await shell(argv, options)
    })
}

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 on.')
  return Number(text)
}

function seed(text: string): string {
  if (!/^[\w.-]{1,64}$/.test(text)) throw new InvalidArgumentError('Expected up to 64 letters, digits, "." and "-".')
  return text
}

function positive(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('Expected a number above 0.')
  return Number(text)
}

/** A reader that has gone, as `head` does, leaves nobody to tell; in either case there is no verdict. */
function unwritable({ code, message }: NodeJS.ErrnoException): never {
  if (code !== 'EPIPE') process.stderr.write(`idmaplab: Standard output cannot be written: ${message}.\n`)
  process.exit(ExitCode.error)
}

/** What commander says of a command line, as every other error is said. */
function usageSentence(text: string): string {
  return harmless(
    `${text
      .replace(/^error: /, 'idmaplab: ')
      .trim()
      .replaceAll('\n', ' ')}\n`,
  )
}

/** Shows what went wrong and gives the exit code. */
function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? ExitCode.pass : ExitCode.usage
  const known = thrown instanceof IdmaplabError && thrown.code === 'DISK_FULL'
  const error =
    isNoSpace(thrown) && !known ? diskFull('what is written', cacheDirectory(process.env), undefined, thrown) : thrown
  const sentence = error instanceof Error ? error.message : String(error)
  const details = error instanceof HarnessError ? error.details : []
  process.stderr.write(harmless([`idmaplab: ${sentence}`, ...details.map(line => `    ${line}`), ''].join('\n')))
  if (!(error instanceof IdmaplabError))
    process.stderr.write('    This was not foreseen: please report it with the command you ran.\n')
  return exitCodeOfError(error)
}
