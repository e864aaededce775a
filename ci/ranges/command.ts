import { userInfo } from 'node:os'
import { Command } from 'commander'
import { registryOf } from '../../lib/ranges/registry.ts'
import { type Answer, show } from '../map/answer.ts'
import { allocate } from './allocate.ts'
import { check } from './check.ts'
import { list } from './list.ts'
import { release } from './release.ts'

/** `idmaplab ranges …`: host ids for containers that nobody else has; needs no guest, and root for the registry of the host only. */
export function rangesCommand(): Command {
  const ranges = new Command('ranges').description('lease host ids for containers that meet nothing in use')
  for (const command of [allocateCommand(), listCommand(), releaseCommand(), checkCommand()])
    ranges.addCommand(
      command
        .option('--registry <file>', `where the leases are kept (default: ${registryOf()}, below --root)`)
        .option('--root <directory>', 'where /etc, /proc and /var of the host are', '/')
        .option('--json', 'one JSON document instead of lines'),
    )
  return ranges
}

async function end(answer: Answer | Promise<Answer>, options: { readonly json?: boolean }): Promise<void> {
  process.exitCode = show(await answer, options)
}

function allocateCommand(): Command {
  return new Command('allocate')
    .description("give ids to a name: the map of the container, or the one it has already when the name is its owner's")
    .argument('<name>', 'what they are for')
    .requiredOption('--count <ids>', 'how many uids and gids, from 0 on in the container')
    .option('--top <ids>', 'so many more at the very end of the 32-bit space')
    .option('--owner <user>', 'whose they are (default: who runs this)')
    .option('--window <first-last>', 'look among these host ids only')
    .option('--align <ids>', 'the first host id is a multiple of this (default: 65536 where that fits)')
    .option('--allow-reserved <name...>', 'reservations that shall not count, such as nspawn')
    .option('--subid', 'give the owner the ranges in /etc/subuid and /etc/subgid too')
    .option(
      '--image-shift <ids>',
      "show the map of a mount of the container's image too, whose ids are shifted by so many",
    )
    .action((name, options) => end(allocate(name, { owner: userInfo().username, ...options }), options))
}

function listCommand(): Command {
  return new Command('list').description('the leases').action(options => end(list(options), options))
}

function releaseCommand(): Command {
  return new Command('release')
    .description('take a lease back; files that have its ids keep them')
    .argument('<name>', 'the lease')
    .action((name, options) => end(release(name, options), options))
}

function checkCommand(): Command {
  return new Command('check')
    .description('what collides now: leases, subordinate ids, users and groups, running containers')
    .action(options => end(check(options), options))
}
