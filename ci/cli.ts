import { Command, CommanderError, Option } from 'commander'
import { IdmaplabError } from '../lib/error.ts'
import { ExitCode, exitCodeOfError } from '../scenarios/kit/exit-code.ts'
import { sabotages } from '../scenarios/kit/sabotage.ts'
import { HarnessError } from '../vm/harness-error.ts'
import { doctor } from './doctor.ts'
import { kernelsCommand } from './kernels-command.ts'
import { addLookCommands } from './look-commands.ts'
import { mapCommand } from './map/command.ts'
import { addMapsCommands } from './maps.ts'
import { addMountCommands } from './mount.ts'
import { run } from './run.ts'

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
  idmaplab
    .command('run')
    .description('tell scenarios in a guest and judge what the kernel did (all scenarios when none is named)')
    .argument('[scenario...]', 'names, as in scenarios/')
    .option(
      '--kernel <kernel>',
      'a Debian series (6.1, 7.2), a version (6.12.107-1), debian:SUITE/VERSION, or the path of a bzImage, a .deb or a build tree',
      '6.12',
    )
    .option('--modules <directory>', 'lib/modules/VERSION for a kernel of your own')
    .option('--fs <filesystem>', 'only scenarios about this file system')
    .addOption(
      new Option('--accel <accelerator>', 'how the guest runs').choices(['auto', 'kvm', 'tcg']).default('auto'),
    )
    .option('--keep', 'keep the disk images of each case, and say where')
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .addOption(
      new Option('--break <sabotage>', 'break one thing on purpose, to see a scenario fail').choices(
        Object.keys(sabotages),
      ),
    )
    .action(async (names: string[], options) => {
      process.exitCode = await run(names, options)
    })
  addMachineCommands(idmaplab)
  addMountCommands(idmaplab, setExitCode)
  addMapsCommands(idmaplab, setExitCode)
  addLookCommands(idmaplab, setExitCode)
  idmaplab.addCommand(inherit(idmaplab, mapCommand()))
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

/** Shows what went wrong and gives the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.pass : ExitCode.usage
  const sentence = error instanceof Error ? error.message : String(error)
  const details = error instanceof HarnessError ? error.details : []
  process.stderr.write([`idmaplab: ${sentence}`, ...details.map(line => `    ${line}`), ''].join('\n'))
  if (!(error instanceof IdmaplabError))
    process.stderr.write('    This was not foreseen: please report it with the command you ran.\n')
  return exitCodeOfError(error)
}
