import { Command, Option } from 'commander'
import { type Answer, show } from './answer.ts'
import { check } from './check.ts'
import { convert } from './convert.ts'
import { dialects } from './dialects.ts'
import { explain } from './explain.ts'
import { plan } from './plan.ts'
import { PLANNERS } from './planners.ts'
import { resolve } from './resolve.ts'

const INPUT = 'the text itself, @FILE, or - for the standard input'

/** `idmaplab map …`: what the library knows of maps, for the command line; needs no root and no guest. */
export function mapCommand(): Command {
  const map = new Command('map').description('convert, resolve, check, plan and explain id maps')
  for (const command of [convertCommand(), resolveCommand(), checkCommand(), planCommand(), explainCommand()])
    map.addCommand(command.option('--json', 'one JSON document instead of lines'))
  map.addCommand(
    new Command('dialects')
      .description('the ways of writing maps, and which column is which in each')
      .option('--json', 'one JSON document instead of lines')
      .action(options => end(dialects(), options)),
  )
  return map
}

async function end(answer: Answer | Promise<Answer>, options: { readonly json?: boolean }): Promise<void> {
  process.exitCode = show(await answer, options)
}

// A map can begin as an option does (`--uidmap 0:100000:1000`), so an unknown option is an input.
function convertCommand(): Command {
  return new Command('convert')
    .allowUnknownOption()
    .description('say a map in the words of another dialect')
    .argument('<input>', INPUT)
    .requiredOption('--from <dialect>', 'how the input is written ("map dialects" lists them)')
    .requiredOption('--to <dialect>', 'how the output shall be written')
    .addOption(
      new Option(
        '--role <role>',
        'what the map is for, where both dialects write both kinds (default: container)',
      ).choices(['container', 'mount']),
    )
    .option('--container <input>', "the container's own map, where one of the dialects needs it")
    .option('--container-dialect <dialect>', 'how that is written')
    .option('--target <where>', 'which mount, in a document with several')
    .option('--subuid <file>', 'for docker: the file of subuid(5)')
    .option('--subgid <file>', 'for docker: the file of subgid(5)')
    .option(
      '--into <file>',
      'put the map into this document and show it, comments and all; the file itself is not changed',
    )
    .action((input, options) => end(convert(input, options), options))
}

function resolveCommand(): Command {
  return containerAndMount(new Command('resolve'))
    .description("the map of a mount (disk → host), from the container's map and what its mount point says")
    .requiredOption('--mount <input>', "the mount point's idmap= (or the mount's own map)")
    .action(options => end(resolve(options), options))
}

function checkCommand(): Command {
  return new Command('check')
    .allowUnknownOption()
    .description('everything that would be refused or would collide, with file, line, rule and fix')
    .argument('<input...>', `configurations or maps; each is ${INPUT}`)
    .option('--dialect <dialect>', 'how the inputs are written')
    .addOption(new Option('--role <role>', 'what a text is for that could be both').choices(['container', 'mount']))
    .option('--container <input>', 'the map of the container that exceptions (idmap=) are for')
    .option('--container-dialect <dialect>', 'how that is written')
    .option('--kernel <version>', 'the kernel they are for, such as 6.1')
    .option('--fs <filesystem>', 'the file system of the mounts, as in /proc/filesystems')
    .option('--parent <input>', 'the map of the user namespace the containers are made in')
    .option('--subuid <file>', 'hold host uids against this file of subuid(5)')
    .option('--subgid <file>', 'hold host gids against this file of subgid(5)')
    .option('--owner <name>', 'who calls newuidmap', 'root')
    .option('--passwd <file>', 'hold host uids against the users of the host')
    .option('--group <file>', 'hold host gids against the groups of the host')
    .option('--allow <rule...>', 'rules whose findings shall be warnings')
    .option('--strict', 'warnings fail, too')
    .action((inputs, options) => end(check(inputs, options), options))
}

function planCommand(): Command {
  return new Command('plan')
    .description('configuration that passes some ids through as they are and isolates all others')
    .argument('<wish...>', 'ids to pass through: uid:1005, gid:100-102, both:1000,1005')
    .addOption(new Option('--for <runtime>', 'what is configured').choices(Object.keys(PLANNERS)).default('proxmox'))
    .option('--base <map>', 'the ids of everything else, CONTAINER:HOST:COUNT', '0:100000:65536')
    .option('--owner <name>', 'whose ranges /etc/subuid and /etc/subgid must have', 'root')
    .option('--subuid <file>', 'leave out the lines this file of subuid(5) has already')
    .option('--subgid <file>', 'leave out the lines this file of subgid(5) has already')
    .action((wishes, options) => end(plan(wishes, options), options))
}

function explainCommand(): Command {
  return containerAndMount(new Command('explain'))
    .description('follow one id through every space, and say why it ends as 65534')
    .option('--mount <input>', "the mount point's idmap= or the mount's own map; left out: the mount is not idmapped")
    .option('--disk <id>', 'an id stored on the disk')
    .option('--host <id>', 'an id in the initial user namespace')
    .option('--inside <id>', 'an id in the container')
    .option('--svg <file>', 'draw the spaces as columns with the ranges as bands')
    .action(options => end(explain(options), options))
}

function containerAndMount(command: Command): Command {
  return command
    .requiredOption('--container <input>', `the container's map: ${INPUT}`)
    .option('--container-dialect <dialect>', 'how that is written, when it is not recognised')
    .option('--mount-dialect <dialect>', 'how the mount is written, when it is not recognised')
    .option('--target <where>', 'which mount, in a configuration with several')
}
