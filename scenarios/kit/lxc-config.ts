import path from 'node:path'
import { Places } from './places.ts'

const ROOTFS = /^\s*lxc\.rootfs\.path\s*=\s*(?:dir:)?(\S+)/m
const ENTRY = /^\s*lxc\.mount\.entry\s*=\s*(\S+)\s+(\S+)/gm

/** Where what a container of this configuration sees lies on the disks: its root file system and its bind mounts. */
export function lxcPlaces(config: string, host: Places): Places {
  const inside = new Places()
  const [, root] = ROOTFS.exec(config) ?? []
  if (root === undefined) throw new TypeError('an LXC configuration of a story names its lxc.rootfs.path')
  inside.show('/', host.layersOf(root))
  for (const [, source = '', target = ''] of config.matchAll(ENTRY))
    inside.show(path.posix.join('/', target), host.layersOf(source))
  return inside
}
