import os from 'node:os'
import { call, here, tryCall } from '../caller.ts'
import { makeDirectory } from '../files.ts'
import { closeFd, setIdmap } from '../mount.ts'
import { encodeMountAttributes, MOUNT_ATTR_BYTES } from '../mount-attributes.ts'
import { listmount, statmount, statmountMap } from '../statmount.ts'
import { whyMapsMustNotBeAsked } from '../statmount-hazard.ts'
import { StatmountMask } from '../statmount-layout.ts'
import { locatedStatusOf, statusOf } from '../statx.ts'
import { type Answer, no, present, tried, unknown, WITHOUT_PRIVILEGE, yes } from './answer.ts'
import { detachedMount } from './filesystems.ts'
import { attachIdmapped } from './overlay.ts'
import { OTHER_MAP, TRIED_MAP, type Workshop } from './workshop.ts'

const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const OPEN_TREE_CLONE = 1
const O_CLOEXEC = 0o2000000

/** open_tree_attr(2): without attributes it is open_tree(2), which everybody may call. */
export function probeOpenTreeAttr(): Answer {
  const result = tryCall(here(), 'open_tree_attr', [AT_FDCWD, '/', O_CLOEXEC, 0, 0])
  if (result >= 0) closeFd(here(), result)
  return present(result, [], 'open_tree_attr(2) came with Linux 6.15')
}

/** Whether the copy of an idmapped mount can be given another map (open_tree_attr(2) with OPEN_TREE_CLONE). */
export function probeReplaceIdmap(workshop: Workshop | undefined): Answer {
  if (workshop === undefined) return unknown(WITHOUT_PRIVILEGE)
  const { task, namespace, otherNamespace } = workshop
  return tried(
    () => {
      const mount = detachedMount('tmpfs', workshop)
      if (!('fd' in mount)) return mount
      setIdmap(task, mount.fd, namespace.fd)
      const change = encodeMountAttributes({ idmap: otherNamespace.fd }, { replace: true })
      const flags = AT_EMPTY_PATH | OPEN_TREE_CLONE | O_CLOEXEC
      const copy = call(task, 'open_tree_attr', [mount.fd, '', flags, change, MOUNT_ATTR_BYTES])
      const shown = statusOf(task, { fd: copy }).uid
      return shown === OTHER_MAP.lookup(0)
        ? yes()
        : no(`the kernel took the other map and shows disk uid 0 as ${shown}`)
    },
    {
      ENOSYS: 'open_tree_attr(2) came with Linux 6.15',
      EINVAL: 'a tmpfs cannot be idmapped here, nor so a copy of one',
    },
  )
}

/** statmount(2) of the root directory's mount, which everybody may ask about. */
export function probeStatmount(): Answer {
  const { uniqueMountId } = locatedStatusOf(here(), '/')
  return tried(() => void statmount(here(), uniqueMountId ?? 0n, StatmountMask.mount), {
    ENOSYS: 'statmount(2) came with Linux 6.8',
  })
}

/** listmount(2) of the caller's own mounts. */
export function probeListmount(): Answer {
  return tried(() => void listmount(here()), { ENOSYS: 'listmount(2) came with Linux 6.8' })
}

/** Whether statmount(2) says that it could show the map of a mount; whether it does so without harm is another question. */
export function probeStatmountMapsOffered(): Answer {
  const { uniqueMountId } = locatedStatusOf(here(), '/')
  return tried(
    () => {
      const { supported = 0n } = statmount(here(), uniqueMountId ?? 0n, StatmountMask.supported)
      return (supported & StatmountMask.uidMap) === 0n ? no('statmount(2) shows maps since Linux 6.15') : yes()
    },
    { ENOSYS: 'statmount(2) came with Linux 6.8, and shows maps since 6.15' },
  )
}

/** Whether statmount(2) shows the map of an idmapped mount. Not tried where trying would kill. */
export function probeStatmountMaps(workshop: Workshop | undefined): Answer {
  const { uniqueMountId } = locatedStatusOf(here(), '/')
  return tried(
    () => {
      const { supported = 0n } = statmount(here(), uniqueMountId ?? 0n, StatmountMask.supported)
      const hazard = whyMapsMustNotBeAsked(os.release(), supported)
      if (hazard !== undefined) return no(hazard)
      return workshop === undefined ? unknown(WITHOUT_PRIVILEGE) : askForMap(workshop)
    },
    { ENOSYS: 'statmount(2) came with Linux 6.8, and shows maps since 6.15' },
  )
}

function askForMap(workshop: Workshop): Answer {
  const { task, directory } = workshop
  const path = `${directory}/shown`
  makeDirectory(task, path)
  if (!attachIdmapped('tmpfs', path, workshop)) return unknown('an idmapped tmpfs, which cannot be made here')
  const map = statmountMap(task, locatedStatusOf(task, path).uniqueMountId ?? 0n, 'uid')
  return map?.equals(TRIED_MAP) ? yes() : no(`it shows ${map ?? 'no map'} where ${TRIED_MAP} was given`)
}
