import type { Command } from 'commander'
import { inspect } from './inspect.ts'
import { probe } from './probe.ts'

/** Adds the commands that look at the machine they run on and change nothing. */
export function addLookCommands(idmaplab: Command, end: (code: number) => void): void {
  idmaplab
    .command('inspect')
    .description(
      'whose a path is on the disk, to the host and to a process, and why it is nobody’s; or who a process is',
    )
    .argument('[path]', 'as the process sees it')
    .option('--pid <pid>', 'whose eyes; without a path: the process itself')
    .option('--json', 'as JSON')
    .action((path: string | undefined, options) => {
      end(inspect(path, options))
    })
  idmaplab
    .command('probe')
    .description('what this machine’s kernel and its file systems support, found out by trying')
    .option('--json', 'as JSON')
    .action(options => {
      end(probe(options))
    })
}
