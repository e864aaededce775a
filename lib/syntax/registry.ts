import { buildah } from './buildah.ts'
import { cri } from './cri.ts'
import { crun } from './crun.ts'
import { type Dialect, type MapOf, parseMap, type ReadContext, type Role, type Syntax } from './dialect.ts'
import { docker } from './docker.ts'
import { IdMapDialectError } from './error.ts'
import { incus } from './incus.ts'
import { incusJson } from './incus-json.ts'
import { kernel } from './kernel.ts'
import { lxc, lxcLegacy } from './lxc.ts'
import { lxcUsernsexec } from './lxc-usernsexec.ts'
import { mountIdmapped } from './mount-idmapped.ts'
import { newuidmap } from './newuidmap.ts'
import { nspawn } from './nspawn.ts'
import { oci } from './oci.ts'
import { podman } from './podman.ts'
import { proxmox } from './proxmox.ts'
import { subid } from './subid.ts'
import { unshare } from './unshare.ts'
import { utilLinux } from './util-linux.ts'

/** In the order in which a text is offered to them: those with the most distinct texts first. */
const REGISTRY = [
  ...([lxcLegacy, lxc, proxmox, newuidmap, docker, oci, cri, incusJson, buildah, nspawn, podman, unshare] as const),
  ...([utilLinux, mountIdmapped, crun, incus, lxcUsernsexec, kernel, subid] as const),
] as const

/** Every dialect, in the order of recognition. */
export const DIALECTS: readonly Dialect[] = REGISTRY

/** The names of the dialects that play a role: `NameOf<'exceptions'>` is `'proxmox'`. */
export type NameOf<R extends Role> = Extract<(typeof REGISTRY)[number], { roles: Readonly<Record<R, unknown>> }>['name']

/** The dialect of that name; an `IdMapDialectError` that lists all of them if there is none. */
export function dialectNamed(name: string): Dialect {
  const dialect = DIALECTS.find(dialect => dialect.name === name)
  if (!dialect) throw new IdMapDialectError(`There is no dialect '${name}'; there are ${listed(DIALECTS)}`)
  return dialect
}

/** How a dialect writes the maps of a role; an `IdMapDialectError` that lists those who do, if it has no such maps. */
export function syntaxOf<R extends Role>(name: string, role: R): Syntax<R> {
  const dialect = dialectNamed(name)
  const syntax: Syntax<R> | undefined = dialect.roles[role]
  if (syntax) return syntax
  throw new IdMapDialectError(
    `${name} has no ${ROLE_WORDS[role]}; dialects that have: ${listed(DIALECTS.filter(({ roles }) => roles[role]))}`,
  )
}

/** The first dialect that takes the text for one of its own, among those that play the role. */
export function recognise<R extends Role>(text: string, role: R): Syntax<R> | undefined {
  return DIALECTS.find(({ roles, recognises }) => roles[role] && recognises(text))?.roles[role]
}

/** The map of a container's user namespace: container → host. Throws `IdMapSyntaxError` or `IdMapError`. */
export function parseContainerMap(name: NameOf<'container'>, text: string, context?: ReadContext): MapOf<'container'> {
  return parseMap(syntaxOf(name, 'container'), text, context)
}

/** The map of an idmapped mount: disk → host. Throws `IdMapSyntaxError` or `IdMapError`. */
export function parseMountMap(name: NameOf<'mount'>, text: string, context?: ReadContext): MapOf<'mount'> {
  return parseMap(syntaxOf(name, 'mount'), text, context)
}

/** What a mount point does otherwise than its container: container → disk. Throws `IdMapSyntaxError` or `IdMapError`. */
export function parseExceptions(name: NameOf<'exceptions'>, text: string, context?: ReadContext): MapOf<'exceptions'> {
  return parseMap(syntaxOf(name, 'exceptions'), text, context)
}

/** Writes a container's map; throws `IdMapInexpressibleError` when the dialect can't say it. */
export function formatContainerMap(name: NameOf<'container'>, map: MapOf<'container'>, context?: ReadContext): string {
  return syntaxOf(name, 'container').format(map, context)
}

/** Writes the map of an idmapped mount; throws `IdMapInexpressibleError` when the dialect can't say it. */
export function formatMountMap(name: NameOf<'mount'>, map: MapOf<'mount'>, context?: ReadContext): string {
  return syntaxOf(name, 'mount').format(map, context)
}

/** Writes the exceptions of a mount point; throws `IdMapInexpressibleError` when the dialect can't say them. */
export function formatExceptions(name: NameOf<'exceptions'>, map: MapOf<'exceptions'>, context?: ReadContext): string {
  return syntaxOf(name, 'exceptions').format(map, context)
}

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  container: 'maps of containers',
  mount: 'maps of mounts',
  exceptions: 'exceptions for mount points',
}

function listed(dialects: readonly Dialect[]): string {
  return dialects.map(({ name }) => name).join(', ')
}
