import { type Command, Option } from 'commander'
import { here } from '../lib/kernel/caller.ts'
import { diagnosed } from '../lib/kernel/diagnosis.ts'
import { idmapMount } from '../lib/kernel/idmapped-mount.ts'
import type { MapSource } from '../lib/kernel/map-source.ts'
import { unmount } from '../lib/kernel/mount.ts'
import type { MountAttributes } from '../lib/kernel/mount-attributes.ts'
import { mountAt } from '../lib/kernel/mount-lookup.ts'
import type { MountinfoEntry } from '../lib/kernel/mountinfo.ts'
import { whyNotOpened } from '../lib/kernel/path-refusal.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { harmless } from '../vm/harmless.ts'
import { tellExitCodes } from './exit-codes.ts'
import { readMapOption } from './map-option.ts'
import { namedMaps } from './named-maps.ts'
import { pidOf } from './pid-option.ts'
import { UsageError } from './usage-error.ts'

type MountOptions = Pick<MountAttributes, 'nosuid' | 'nodev' | 'noexec' | 'nosymfollow' | 'propagation'> & {
  readonly map?: string
  readonly mapDialect?: string
  readonly userns?: string
  readonly name?: string
  readonly passthrough?: string
  readonly recursive?: boolean
  readonly ro?: boolean
  readonly noatime?: boolean
  readonly json?: boolean
}

/** Adds `idmaplab mount` and `idmaplab umount`. */
export function addMountCommands(idmaplab: Command, setExitCode: (code: number) => void): void {
  const mounting = idmaplab
    .command('mount')
    .description('show a directory or file at another place of this machine with its ids mapped (root)')
    .argument('<source>', 'what is to be shown')
    .argument('<target>', 'where; must exist')
    .option('--map <map>', 'disk → host, such as b:0:100000:65536; @FILE; or - for the standard input')
    .option('--map-dialect <dialect>', 'how the map is written, when it is not recognised')
    .option('--userns <path>', 'the map of the user namespace at this path, as /proc/PID/ns/user')
    .option('--name <name>', 'a map by its name, as `idmaplab maps` shows them')
    .option('--passthrough <pid>', 'undo the map of the container of this process: its ids are those on the disk')
    .option('--recursive', 'with the mounts below it')
    .option('--ro', 'read-only')
    .option('--nosuid', 'set-id bits and file capabilities give no power')
    .option('--nodev', 'device nodes are no devices')
    .option('--noexec', 'nothing can be executed')
    .option('--nosymfollow', 'symbolic links are not followed')
    .option('--noatime', 'reading leaves access times alone')
    .addOption(
      new Option('--propagation <kind>', 'where mounts below it are seen too').choices([
        'private',
        'shared',
        'slave',
        'unbindable',
      ]),
    )
    .option('--json', 'what was mounted, as JSON')
    .action(async (source: string, target: string, options: MountOptions) =>
      setExitCode(await mount(source, target, options)),
    )
  const unmounting = idmaplab
    .command('umount')
    .description('take an idmapped mount away again (root)')
    .argument('<target>', 'where it is')
    .option('--lazy', 'even if something in it is in use: it leaves the tree at once')
    .action((target: string, options: { readonly lazy?: boolean }) => setExitCode(umount(target, options)))
  for (const command of [mounting, unmounting]) tellExitCodes(command)
}

async function mount(source: string, target: string, options: MountOptions): Promise<number> {
  const { recursive = false } = options
  const mounted = idmapMount({ source, target, recursive, ...(await mapSourceOf(options)), ...attributesOf(options) })
  const info = mounted.info()
  process.stdout.write(options.json ? `${JSON.stringify(info, null, 2)}\n` : `${describe(source, info)}\n`)
  return ExitCode.pass
}

function umount(target: string, options: { readonly lazy?: boolean }): number {
  const entry = diagnosed(
    () => mountAt(here(), target),
    refused => whyNotOpened(refused, 'the target', target),
  )
  if (entry === undefined || !entry.idmapped)
    throw new UsageError(`${harmless(target)} is on no idmapped mount; umount(8) unmounts any other.`)
  unmount(here(), target, options)
  process.stdout.write(`${harmless(entry.mountPoint)} is unmounted\n`)
  return ExitCode.pass
}

async function mapSourceOf({ map, mapDialect, userns, name, passthrough }: MountOptions): Promise<MapSource> {
  const given = [map, userns, name, passthrough].filter(value => value !== undefined)
  if (given.length !== 1)
    throw new UsageError('Say once where the map comes from: --map, --userns, --name or --passthrough.')
  if (map !== undefined)
    return { map: await readMapOption(map, { what: '--map', dialect: mapDialect, option: '--map-dialect' }) }
  if (userns !== undefined) return { userns }
  if (name !== undefined) return { userns: namedMaps().find(name).path }
  return { passthrough: pidOf('--passthrough', passthrough ?? '') }
}

function attributesOf({ ro, noatime, nosuid, nodev, noexec, nosymfollow, propagation }: MountOptions): MountAttributes {
  const wanted: Record<string, unknown> = {
    ...{ readOnly: ro, nosuid, nodev, noexec, nosymfollow, propagation },
    accessTime: noatime ? 'noatime' : undefined,
  }
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
}

function describe(source: string, { mountPoint, type, options }: MountinfoEntry): string {
  return harmless(`${source} is at ${mountPoint} (${type}, ${options.join(',')})`)
}
