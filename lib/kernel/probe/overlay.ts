import { call } from '../caller.ts'
import { makeDirectory } from '../files.ts'
import { attach, closeFd, mountFilesystem, setIdmap } from '../mount.ts'
import { statusOf } from '../statx.ts'
import { type Answer, no, tried, unknown, WITHOUT_PRIVILEGE, yes } from './answer.ts'
import { detachedMount } from './filesystems.ts'
import { probeMountSetattr } from './idmap-attempt.ts'
import { TRIED_MAP, type Workshop } from './workshop.ts'

/** File systems that may be a layer, the quickest to make first. */
const LAYERS = ['tmpfs', 'ext4', 'xfs', 'btrfs']

/** Whether overlayfs takes a layer from an idmapped mount and shows its owners as that mount's map says (Linux 5.19). */
export function probeOverlayOverIdmapped(workshop: Workshop | undefined): Answer {
  if (workshop === undefined) return unknown(WITHOUT_PRIVILEGE)
  const possible = probeMountSetattr()
  if (possible.state === 'no') return possible
  const layer = idmappedLayer(workshop)
  if (layer === undefined) return unknown(`one of ${LAYERS.join(', ')} that can be made here and idmapped`)
  const { task } = workshop
  const merged = `${workshop.directory}/merged`
  makeDirectory(task, merged)
  return tried(
    () => {
      const options = `lowerdir=${layer.path}/layer:${workshop.directory}`
      mountFilesystem(task, { source: 'overlay', target: merged, type: 'overlay', options })
      const shown = statusOf(task, merged).uid
      const wanted = TRIED_MAP.lookup(0)
      return shown === wanted
        ? yes(`tried with a layer on ${layer.type}`)
        : no(`the overlay shows the layer’s disk uid 0 as ${shown}, not ${wanted}`)
    },
    {
      EINVAL: 'overlayfs takes no layer from an idmapped mount',
      ENODEV: 'this kernel has no overlayfs, nor a module of it',
    },
  )
}

/** An idmapped mount in the workshop with a directory `layer` of disk uid 0 in it. */
function idmappedLayer(workshop: Workshop): { readonly path: string; readonly type: string } | undefined {
  const path = `${workshop.directory}/idmapped`
  makeDirectory(workshop.task, path)
  return LAYERS.map(type => ({ path, type })).find(({ type }) => attachIdmapped(type, path, workshop))
}

/** Whether a mount of `type` could be made, idmapped and attached at `path`. */
export function attachIdmapped(type: string, path: string, workshop: Workshop): boolean {
  const { task, namespace } = workshop
  const answer = tried(() => {
    const mount = detachedMount(type, workshop)
    if (!('fd' in mount)) return mount
    try {
      // Before the map: afterwards the workshop's own root has no id here (EOVERFLOW).
      call(task, 'mkdirat', [mount.fd, 'layer', 0o755])
      setIdmap(task, mount.fd, namespace.fd)
      attach(task, mount.fd, path)
      return yes()
    } finally {
      closeFd(task, mount.fd)
    }
  }, {})
  return answer.state === 'yes'
}
