import type { IdMapPair } from '../idmap/pair.ts'
import type { Space } from '../idmap/space.ts'
import type { Dialect, ReadContext, Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { type Json, type JsonObject, memberOf, readJson } from './json.ts'
import { type Edit, edited, setMembers } from './json-edit.ts'
import {
  chooseMount,
  editLists,
  listOf,
  listsFor,
  listsOf,
  type Mapping,
  type MappingNames,
  type MountList,
  mappingsOf,
  mountTargets,
  objectIn,
  readMappings,
} from './json-mappings.ts'
import { fail } from './scan.ts'

const NAMES: MappingNames = {
  dialect: 'oci',
  from: { names: ['containerID'], what: 'a container id' },
  to: { names: ['hostID'], what: 'a host id' },
  count: { names: ['size'], what: 'a count' },
  order: ['from', 'to', 'count'],
  lists: { uid: ['uidMappings'], gid: ['gidMappings'] },
}
/** In a mount's lists `containerID` is what the file system stores: the specification took over the names. */
const MOUNT_NAMES: MappingNames = { ...NAMES, from: { names: ['containerID'], what: 'a disk id' } }

const BOTH_LISTS = '"uidMappings" and "gidMappings"'

/**
 * The user namespace of a container, `linux.uidMappings` and `linux.gidMappings`: `containerID` first, `hostID` second.
 * A text is a whole `config.json`, its `linux` object, the two lists cut out of it, or one list for both halves.
 * `rewrite` changes only the lists; it adds no namespace of type `user`, without which a runtime refuses them.
 */
const container: Syntax<'container'> = {
  dialect: 'oci',
  role: 'container',
  form: '{"containerID": container-id, "hostID": host-id, "size": count}',
  example: {
    text: '{\n  "linux": {\n    "uidMappings": [{ "containerID": 0, "hostID": 1000, "size": 32000 }],\n    "gidMappings": [{ "containerID": 0, "hostID": 1000, "size": 32000 }]\n  }\n}\n',
    source: 'https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#user-namespace-mappings',
  },
  read: text => readMappings(NAMES, text, ofContainer),
  format: map => format(NAMES, map),
  rewrite: (document, map) => {
    const root = rootOf(document)
    const linux = memberOf('oci', root, 'linux')
    if (linux?.kind === 'object') return edited(document, editLists(NAMES, document, linux, map))
    if (listsOf(NAMES, root)) return edited(document, editLists(NAMES, document, root, map))
    return edited(document, setMembers(document, root, { linux: listsFor(NAMES, map) }))
  },
}

/**
 * The map of one mount, `mounts[].uidMappings` and `gidMappings`: `containerID` is the id **on the disk**, `hostID` the
 * one the host sees through the mount (crun before 1.8.1 and podman 4.4 had them the other way round). Both lists are
 * required together. A mount with the option `idmap` or `ridmap` and no lists takes the container's own map.
 * `context.target` chooses by `destination` when several mounts have a map.
 */
const mount: Syntax<'mount'> = {
  dialect: 'oci',
  role: 'mount',
  form: '{"containerID": disk-id, "hostID": host-id, "size": count}',
  example: {
    text: '{\n  "mounts": [\n    {\n      "destination": "/data",\n      "source": "/srv/data",\n      "options": ["bind", "idmap"],\n      "uidMappings": [{ "containerID": 0, "hostID": 1000, "size": 32000 }],\n      "gidMappings": [{ "containerID": 0, "hostID": 1000, "size": 32000 }]\n    }\n  ]\n}\n',
    source: 'https://github.com/opencontainers/runtime-spec/blob/main/config.md#posix-platform-mounts',
  },
  read: (text, context) => readMappings(MOUNT_NAMES, text, root => ofMount(root, context)),
  format: map => {
    refuseHalfMap(map)
    return format(MOUNT_NAMES, map)
  },
  rewrite: (document, map, context) => {
    refuseHalfMap(map)
    const mount = mountIn(rootOf(document), context)
    return edited(document, [...editLists(MOUNT_NAMES, document, mount, map), ...idmapOption(document, mount)])
  },
}

export const oci = {
  name: 'oci',
  title: 'OCI runtime configuration (config.json)',
  source: 'https://github.com/opencontainers/runtime-spec',
  roles: { container, mount },
  targets: text => {
    const root = objectIn('oci', text)
    const list = root && mountListIn(root)
    return list ? mountTargets('oci', list) : []
  },
  recognises: text => /^\s*[[{"]/.test(text) && /"(?:containerID|ociVersion)"/.test(text),
} satisfies Dialect

function ofContainer(root: Json): readonly Mapping[] {
  if (root.kind === 'array') return mappingsOf(root, ['uid', 'gid'])
  if (root.kind !== 'object') return fail('oci', root, 'an object or an array')
  const linux = memberOf('oci', root, 'linux')
  const holder = linux?.kind === 'object' ? linux : root
  return listsOf(NAMES, holder) ?? fail('oci', holder, BOTH_LISTS)
}

function ofMount(root: Json, context: ReadContext | undefined): readonly Mapping[] {
  if (root.kind === 'array') return mappingsOf(root, ['uid', 'gid'])
  if (root.kind !== 'object') return fail('oci', root, 'an object or an array')
  const mount = mountIn(root, context)
  const lists = listsOf(MOUNT_NAMES, mount)
  if (lists) {
    const isWhole = listOf(MOUNT_NAMES, mount, 'uid') && listOf(MOUNT_NAMES, mount, 'gid')
    return isWhole ? lists : fail('oci', mount, `${BOTH_LISTS} together`)
  }
  const linux = memberOf('oci', root, 'linux')
  const inherited = hasIdmapOption(mount) && linux?.kind === 'object' && listsOf(MOUNT_NAMES, linux)
  return inherited || fail('oci', mount, `${BOTH_LISTS}, or the option idmap and a map of the container's`)
}

/** The mount that is meant; an object without `mounts` is one itself. */
function mountIn(root: JsonObject, context: ReadContext | undefined): JsonObject {
  const list = mountListIn(root)
  return list ? chooseMount('oci', list, context?.target) : root
}

function mountListIn(root: JsonObject): MountList | undefined {
  const mounts = memberOf('oci', root, 'mounts')
  if (mounts?.kind !== 'array') return undefined
  return {
    mounts,
    targetNames: ['destination'],
    isMapped: mount => listsOf(MOUNT_NAMES, mount) !== undefined || hasIdmapOption(mount),
  }
}

function optionsOf(mount: JsonObject): readonly Json[] {
  const options = memberOf('oci', mount, 'options')
  return options?.kind === 'array' ? options.items : []
}

function hasIdmapOption(mount: JsonObject): boolean {
  return optionsOf(mount).some(option => option.kind === 'string' && /^r?idmap$/.test(option.value))
}

/** Without `idmap` or `ridmap` an older runtime passes over the lists silently. */
function idmapOption(document: string, mount: JsonObject): Edit[] {
  if (hasIdmapOption(mount)) return []
  const last = optionsOf(mount).at(-1)
  if (!last) return setMembers(document, mount, { options: ['idmap'] })
  const end = last.start + last.text.length
  return [{ start: end, end, text: ', "idmap"' }]
}

function rootOf(document: string): JsonObject {
  const root = readJson('oci', document)
  return root.kind === 'object' ? root : fail('oci', root, 'an object')
}

function format<From extends Space, To extends Space>(names: MappingNames, map: IdMapPair<From, To>): string {
  return `${JSON.stringify(listsFor(names, map), null, 2)}\n`
}

function refuseHalfMap(map: IdMapPair<'disk', 'host'>): void {
  if (map.uid.size > 0 && map.gid.size > 0) return
  throw new IdMapInexpressibleError(
    'oci',
    `a mount needs both ${BOTH_LISTS}, and one of them would be empty; map at least one uid and one gid`,
  )
}
