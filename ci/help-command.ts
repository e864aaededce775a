import { Command } from 'commander'
import { UsageError } from './usage-error.ts'

/** `idmaplab help [command…]`: what `--help` of that command shows. Unlike commander's own it knows commands below commands, and refuses what is none. */
export function addHelpCommand(idmaplab: Command): void {
  const help = new Command('help')
    .description('display help for command')
    .argument('[command...]')
    .action((names: string[]) => names.reduce(below, idmaplab).help())
  idmaplab.helpCommand(false).addCommand(help.copyInheritedSettings(idmaplab))
}

function below(command: Command, name: string): Command {
  const found = command.commands.find(each => each.name() === name)
  if (found !== undefined) return found
  const known = command.commands.map(each => each.name()).join(', ')
  throw new UsageError(
    `${command.name()} has no command ${JSON.stringify(name)}; ${known === '' ? 'it has none' : `there are: ${known}`}.`,
  )
}
