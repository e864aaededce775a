// What a program does that wants a directory to belong to a container: `sudo npx tsx examples/idmapped-mount.ts SOURCE TARGET`.
// The container is the default one of LXC, with its uid and gid 1005 the same on the disk as inside.
import { idmapMount, parseContainerMap, parseExceptions, resolveMountMap } from '../lib/index.ts'

const [source, target] = process.argv.slice(2)
if (source === undefined || target === undefined) throw new Error('usage: idmapped-mount.ts SOURCE TARGET')

const { map, warnings } = resolveMountMap({
  container: parseContainerMap('lxc', 'b 0 100000 65536'),
  exceptions: parseExceptions('proxmox', 'u:1005:1005:1 g:1005:1005:1'),
})
for (const warning of warnings) console.warn(warning.message)
idmapMount({ source, target, map })
console.log(`${source} is at ${target} with uids ${map.uid} (disk→host)`)
