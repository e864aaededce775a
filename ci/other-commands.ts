import type { Command } from 'commander'
import { cacheList, cachePrune, cacheRemove } from './cache.ts'
import { doctor } from './doctor.ts'
import { kernelsCommand } from './kernels-command.ts'
import { addLookCommands } from './look-commands.ts'
import { mapCommand } from './map/command.ts'
import { addMapsCommands } from './maps.ts'
import { addMergeCommand } from './merge/command.ts'
import { addMountCommands } from './mount.ts'
import { rangesCommand } from './ranges/command.ts'

/** Adds every command that tells no scenario and opens no guest. */
export function addOtherCommands(idmaplab: Command): void {
  addMachineCommands(idmaplab)
  addMergeCommand(idmaplab, setExitCode)
  addMountCommands(idmaplab, setExitCode)
  addMapsCommands(idmaplab, setExitCode)
  addLookCommands(idmaplab, setExitCode)
  idmaplab.addCommand(inherit(idmaplab, mapCommand()))
  idmaplab.addCommand(inherit(idmaplab, rangesCommand()))
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

/** A command made elsewhere ends as the others do: with an error for `report`, never by itself. */
function inherit(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(command, child)
  return command
}

function setExitCode(code: number): void {
  process.exitCode = code
}
