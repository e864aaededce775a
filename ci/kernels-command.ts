import { Argument, Command } from 'commander'
import { kernels } from './kernels.ts'
import { fetchKernels } from './kernels-fetch.ts'
import { lock } from './kernels-lock.ts'
import { removeFromCache } from './kernels-rm.ts'
import { UsageError } from './usage-error.ts'

/** `idmaplab kernels list|fetch|rm|lock`; without a word it lists. */
export function kernelsCommand(): Command {
  const command = new Command('kernels').description('the kernels --kernel knows, and which of them are here already')
  command
    .command('list', { isDefault: true })
    .description('every kernel with a name and every one in the cache: its size, and what its configuration has')
    .option('--json', 'as JSON')
    // As the default it is given every word that is no command.
    .addArgument(new Argument('[word...]').argParser(noSuchWord))
    .usage('[options]')
    .action(async (_words: undefined, options) => {
      process.exitCode = await kernels(options)
    })
  command
    .command('fetch')
    .description('get kernels into the cache, the newest that can be had (the usual ones when none is named)')
    .argument('[kernel...]', 'as --kernel takes them; several with commas or blanks')
    .option('--kernels-lock <file>', 'hold them to the versions and sums in this file')
    .option('--json', 'as JSON')
    .action(async (names: string[], options) => {
      process.exitCode = await fetchKernels(names, options)
    })
  command
    .command('rm')
    .description('remove kernels from the cache')
    .argument('[kernel...]', 'names or versions, as kernels list shows them')
    .option('--all', 'every kernel')
    .action(async (names: string[], options) => {
      process.exitCode = await removeFromCache(names, options)
    })
  command
    .command('lock')
    .description('write down the exact versions and SHA-256 sums of kernels, for --kernels-lock')
    .option('--kernels <list>', 'as --kernel takes them, with commas; the usual ones if not given')
    .option('-o, --output <file>', 'where to write; standard output if not given')
    .action(async options => {
      process.exitCode = await lock(options)
    })
  return command
}

function noSuchWord(word: string): never {
  throw new UsageError(`There is no "kernels ${word}"; there are list, fetch, rm and lock.`)
}
