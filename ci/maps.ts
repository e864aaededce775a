import type { Command } from 'commander'
import type { NamedMap, NamedMaps } from '../lib/kernel/named-maps.ts'
import { NamedMapError } from '../lib/kernel/named-maps-error.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { harmless } from '../vm/harmless.ts'
import { tellExitCodes } from './exit-codes.ts'
import { readMapOption } from './map-option.ts'
import { namedMaps } from './named-maps.ts'

type Json = { readonly json?: boolean }

/** Adds `idmaplab maps add|list|show|remove`. */
export function addMapsCommands(idmaplab: Command, setExitCode: (code: number) => void): void {
  const registry = namedMaps()
  const maps = idmaplab
    .command('maps')
    .description(`maps by name, for every program of this machine: their user namespaces, in ${registry.directory}`)
  maps
    .command('add')
    .description('give a map a name (root)')
    .argument('<name>', 'up to 64 letters, digits, ".", "_" and "-"')
    .argument('<map>', 'disk → host, such as b:0:100000:65536; @FILE; or - for the standard input')
    .option('--dialect <dialect>', 'how it is written, when it is not recognised')
    .option('--json', 'as JSON')
    .action(async (name: string, map: string, options: Json & { readonly dialect?: string }) => {
      const { dialect } = options
      const added = await registry.add(
        name,
        await readMapOption(map, { what: 'the map', dialect, option: '--dialect' }),
      )
      setExitCode(print(options, added, [`${name} is ${added.path}`]))
    })
  maps
    .command('list')
    .description('the names there are')
    .option('--json', 'as JSON')
    .action((options: Json) => setExitCode(list(registry.list(), options)))
  maps
    .command('show')
    .description('the map of a name, as the kernel has it (root)')
    .argument('<name>')
    .option('--json', 'as JSON')
    .action((name: string, options: Json) => {
      setExitCode(show(registry, name, options))
    })
  maps
    .command('remove')
    .description('take a name away; mounts made with its map stay (root)')
    .argument('<name>')
    .action(async (name: string) => {
      await registry.remove(name)
      setExitCode(print({}, undefined, [`${name} is removed`]))
    })
  for (const command of maps.commands) tellExitCodes(command)
}

function list(entries: readonly NamedMap[], options: Json): number {
  return print(
    options,
    entries,
    entries.length === 0 ? ['there is no map'] : entries.map(({ name, path }) => `${name}  ${path}`),
  )
}

function show(registry: NamedMaps, name: string, options: Json): number {
  const entry = registry.find(name)
  try {
    const { uid, gid } = registry.read(name)
    return print(options, { ...entry, uid: uid.extents, gid: gid.extents }, [
      `${entry.name}  ${entry.path}`,
      `  uid disk→host: ${uid}`,
      `  gid disk→host: ${gid}`,
    ])
  } catch (error) {
    if (!(error instanceof NamedMapError) || error.code !== 'NAMED_MAP_FORGED') throw error
    process.stderr.write(harmless(`idmaplab: ${error.message}\n`))
    return ExitCode.fail
  }
}

function print({ json }: Json, value: unknown, lines: readonly string[]): number {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join('\n')}\n`)
  return ExitCode.pass
}
