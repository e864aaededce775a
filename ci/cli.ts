import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { IdmaplabError } from '../lib/error.ts'
import { ExitCode, exitCodeOfError } from '../scenarios/kit/exit-code.ts'
import { sabotages } from '../scenarios/kit/sabotage.ts'
import { cacheDirectory } from '../vm/cache/cache.ts'
import { harmless } from '../vm/harmless.ts'
import { HarnessError } from '../vm/harness-error.ts'
import { diskFull, isNoSpace } from '../vm/machine-trouble.ts'
import { cacheList, cachePrune, cacheRemove } from './cache.ts'
import { doctor } from './doctor.ts'
import { kernelsCommand } from './kernels-command.ts'
import { addLookCommands } from './look-commands.ts'
import { mapCommand } from './map/command.ts'
import { addMapsCommands } from './maps.ts'
import { matrix as runMatrix } from './matrix.ts'
import { addMountCommands } from './mount.ts'
import { rangesCommand } from './ranges/command.ts'
import { run as runScenarios } from './run.ts'
import { shell } from './shell.ts'

/** The command `idmaplab`. Sets the exit code; shows every error as a sentence. */
export async function main(argv: readonly string[]): Promise<void> {
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
  // A claim nobody awaited, for one: a defect of the story, not of the kernel.
  process.on('unhandledRejection', error => process.exit(report(error)))
  // The reader has gone, as `head` does: there is nobody left to tell, and no verdict.
  process.stdout.on('error', () => process.exit(ExitCode.error))
  try {
    await program().parseAsync([...argv])
  } catch (error) {
    process.exitCode = report(error)
  }
}

function program(): Command {
  const idmaplab = new Command('idmaplab')
    .description(
      'A laboratory for Linux id mappings: what is on the disk, what the host sees, what the container sees.',
    )
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageSentence(text)) })
  addRunCommand(idmaplab.command('run'))
  addMatrixCommand(idmaplab.command('matrix'))
  addShellCommand(idmaplab.command('shell'))
  addMachineCommands(idmaplab)
  addMountCommands(idmaplab, setExitCode)
  addMapsCommands(idmaplab, setExitCode)
  addLookCommands(idmaplab, setExitCode)
  idmaplab.addCommand(inherit(idmaplab, mapCommand()))
  idmaplab.addCommand(inherit(idmaplab, rangesCommand()))
  return idmaplab
}

/** Adds the commands about the machine and what is in its cache. */
function addMachineCommands(idmaplab: Command): void {
  idmaplab
    .command('doctor')
    .description('what this machine has and lacks, and the line that mends it')
    .option('--json', 'as JSON')
    .action(async options => {
      setExitCode(await doctor(options))
    })
  idmaplab.addCommand(inherit(idmaplab, kernelsCommand()))
  addCacheCommands(idmaplab.command('cache').description('what is kept on this machine: list it, remove some of it'))
}

function setExitCode(code: number): void {
  process.exitCode = code
}

/** A command made elsewhere ends as the others do: with an error for `report`, never by itself. */
function inherit(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(command, child)
  return command
}

function addRunCommand(run: Command): void {
  const several = 'a Debian series (5.10, 6.1, 6.12) or the path of a bzImage; several with commas'
  run
    .description('tell scenarios in guests and judge what the kernel did (all scenarios when none is named)')
    .argument('[scenario...]', 'names, as in scenarios/')
    .option('--kernel <kernels>', several, '6.12')
    .addHelpText('after', EXIT_CODES)
    .action(async (names: string[], options) => {
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
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .addOption(
      new Option('--break <sabotage>', 'break one thing on purpose, to see a scenario fail').choices(
        Object.keys(sabotages),
      ),
    )
}

const EXIT_CODES = `
Exit codes:
  0        every case that was executed passed
  1        a case failed, or came to different ends when it was told again (FLAKY)
  2        a case could not be told (ERROR), or none was executed
  64       something was asked for that does not exist
  130 143  interrupted by Ctrl-C or SIGTERM; what was known by then was reported`

function addShellCommand(command: Command): void {
  command
    .description('a shell in a guest that has its disks mounted, or, after --, one command and its exit code')
    .argument('[command...]', 'what to run instead of a shell')
    .option('--kernel <kernel>', 'as for run', '6.12')
    .option('--modules <directory>', 'as for run')
    .option('--fs <filesystems>', 'ext4, vfat, overlayfs, with commas: each empty at /mnt/NAME (default: ext4)')
    .option('--scenario <name>', 'what this scenario mounts and starts, as it is at the end of its story')
    .option('--attach <socket>', 'into the guest that run --keep left running')
    .addOption(new Option('--accel <accelerator>', 'as for run').choices(['auto', 'kvm', 'tcg']).default('auto'))
    .option('--cold', 'boot the guest instead of restoring it from a snapshot')
    .option('--seed <text>', 'as for run', seed)
    .option('--raw', 'without a terminal: pass on every byte, control characters too')
    .action(async (argv: string[], options) => {
      process.exitCode = await shell(argv, options)
    })
}

function addCacheCommands(cache: Command): void {
  cache
    .command('ls')
    .description('what is kept, what for, its size on the disk, when it was last used and who uses it now')
    .option('--json', 'as JSON')
    .action(async options => {
      process.exitCode = await cacheList(options)
    })
  cache
    .command('rm')
    .description('remove one thing (KIND/KEY) or all of a kind; what a live run uses stays')
    .argument('[name...]', 'KIND or KIND/KEY, as cache ls shows them')
    .option('--all', 'everything')
    .option('--json', 'as JSON')
    .action(async (names: string[], options) => {
      process.exitCode = await cacheRemove(names, options)
    })
  cache
    .command('prune')
    .description('remove what was used longest ago until the rest fits; what a live run uses stays')
    .requiredOption('--max-size <size>', 'such as 500M or 20G')
    .option('--json', 'as JSON')
    .action(async options => {
      process.exitCode = await cachePrune(options)
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
