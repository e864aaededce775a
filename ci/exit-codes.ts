import type { Command } from 'commander'

/** Says in a command's help what its end means to a script, where it changes or reads this machine. */
export function tellExitCodes(command: Command): Command {
  return command.addHelpText('after', EXIT_CODES)
}

const EXIT_CODES = `
Exit codes:
  0   done
  1   maps show: the kernel has another map under this name than was added
  2   the kernel or the machine refused; nothing has changed
  64  what was asked for can't be: the command line, a map, a name, a path or a process that is not there`
