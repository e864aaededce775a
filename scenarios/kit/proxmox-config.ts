import type { IdMapPair } from '../../lib/idmap/pair.ts'
import { resolveMountMap } from '../../lib/idmap/resolve.ts'
import { type MountLine, mountLinesOf, PASSTHROUGH_WORD } from '../../lib/syntax/proxmox-mount.ts'
import { parseContainerMap, parseExceptions } from '../../lib/syntax/registry.ts'

/** A mount point with the map Proxmox resolves for it: disk → host, `passthrough`, or none. */
export type ProxmoxMount = {
  readonly source: string
  readonly target: string
  readonly map: IdMapPair<'disk', 'host'> | typeof PASSTHROUGH_WORD | undefined
}

/** A container as its configuration has it; the root file system is the first mount, at `/`. */
export type ProxmoxConfig = {
  readonly idmap: IdMapPair<'container', 'host'>
  readonly mounts: readonly ProxmoxMount[]
}

/** Reads `lxc.idmap`, `rootfs` and every `mpN` of a container's configuration. The source of a mount point is a directory of the host. */
export function readProxmoxConfig(text: string): ProxmoxConfig {
  const idmap = parseContainerMap('lxc', text)
  const mounts = mountLinesOf(text).map(line => mountOf(line, idmap))
  const [root] = mounts
  if (root?.target !== '/') throw new TypeError('a container’s configuration names its rootfs before its mount points')
  return { idmap, mounts }
}

/** Reads one mount point of a container with this map: `mp0: /srv/shared,mp=/shared,idmap=u:1005:1005:1`. */
export function readMountPoint(text: string, container: IdMapPair<'container', 'host'>): ProxmoxMount {
  const [line, another] = mountLinesOf(text)
  if (line === undefined || another !== undefined)
    throw new TypeError(`expected one mount point, found ${JSON.stringify(text)}`)
  return mountOf(line, container)
}

function mountOf({ target, options, idmap }: MountLine, container: IdMapPair<'container', 'host'>): ProxmoxMount {
  const [source = ''] = options.text.split(',')
  if (idmap === undefined) return { source, target, map: undefined }
  if (idmap.text === PASSTHROUGH_WORD) return { source, target, map: PASSTHROUGH_WORD }
  const { map, warnings } = resolveMountMap({ container, exceptions: parseExceptions('proxmox', idmap.text) })
  const [warning] = warnings
  if (warning !== undefined) throw new TypeError(`${target}: ${warning.message}`)
  return { source, target, map }
}
