import type { IdMapPair } from '../idmap/pair.ts'
import type { Space } from '../idmap/space.ts'
import type { Dialect, ReadContext, Syntax } from './dialect.ts'
import { type Json, type JsonObject, memberOf } from './json.ts'
import {
  chooseMount,
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
  dialect: 'cri',
  from: { names: ['container_id', 'containerId'], what: 'a container id' },
  to: { names: ['host_id', 'hostId'], what: 'a host id' },
  count: { names: ['length'], what: 'a count' },
  order: ['to', 'from', 'count'],
  lists: { uid: ['uids', 'uidMappings'], gid: ['gids', 'gidMappings'] },
}
const MOUNT_NAMES: MappingNames = {
  ...NAMES,
  from: { ...NAMES.from, what: 'a disk id' },
  lists: { uid: ['uidMappings', 'uid_mappings'], gid: ['gidMappings', 'gid_mappings'] },
}

/**
 * `UserNamespace` of the Kubernetes runtime interface (`host_id`, `container_id`, `length`: the **host** first), alone or
 * anywhere in a pod sandbox's configuration as `userns_options`; and the file the kubelet keeps for a pod
 * (`/var/lib/kubelet/pods/UID/userns`: `uidMappings` of `hostId`, `containerId`, `length`). The kubelet writes and takes
 * exactly one mapping, the same for users and groups, from container id 0 on, a multiple of 65536 long; the interface
 * itself knows no such limit.
 */
const container: Syntax<'container'> = {
  dialect: 'cri',
  role: 'container',
  form: '{"host_id": host-id, "container_id": container-id, "length": count}',
  example: {
    text: '{"uidMappings":[{"hostId":65536,"containerId":0,"length":65536}],"gidMappings":[{"hostId":65536,"containerId":0,"length":65536}]}',
    source: 'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/userns/userns_manager.go',
  },
  read: text => readMappings(NAMES, text, ofContainer),
  format: map => format(NAMES, map),
}

/**
 * `uidMappings` and `gidMappings` of a container's mount in the same interface. Runtimes hand them on as the mount's lists of the
 * OCI configuration, so `container_id` is the id **on the disk** and `host_id` the one the host sees through the mount.
 * `context.target` chooses by `container_path` when several mounts have a map.
 */
const mount: Syntax<'mount'> = {
  dialect: 'cri',
  role: 'mount',
  form: '{"host_id": host-id, "container_id": disk-id, "length": count}',
  example: {
    text: '{\n  "container_path": "/data",\n  "host_path": "/srv/data",\n  "uidMappings": [{ "host_id": 65536, "container_id": 0, "length": 65536 }],\n  "gidMappings": [{ "host_id": 65536, "container_id": 0, "length": 65536 }]\n}\n',
    source: 'https://github.com/kubernetes/cri-api/blob/master/pkg/apis/runtime/v1/api.proto (Mount)',
  },
  read: (text, context) => readMappings(MOUNT_NAMES, text, root => ofMount(root, context)),
  format: map => format(MOUNT_NAMES, map),
}

export const cri = {
  name: 'cri',
  title: 'Kubernetes (CRI, kubelet)',
  source: 'https://github.com/kubernetes/cri-api/blob/master/pkg/apis/runtime/v1/api.proto (IDMapping)',
  roles: { container, mount },
  targets: text => {
    const root = objectIn('cri', text)
    const list = root && mountListIn(root)
    return list ? mountTargets('cri', list) : []
  },
  recognises: text => /^\s*[[{"]/.test(text) && /"(?:host_id|container_id|hostId|containerId)"/.test(text),
} satisfies Dialect

function ofContainer(root: Json): readonly Mapping[] {
  if (root.kind === 'array') return mappingsOf(root, ['uid', 'gid'])
  if (root.kind !== 'object') return fail('cri', root, 'an object or an array')
  const lists = listsOf(NAMES, usernsOptionsIn(root) ?? root)
  return lists ?? fail('cri', root, '"uids" and "gids", or "uidMappings" and "gidMappings"')
}

function ofMount(root: Json, context: ReadContext | undefined): readonly Mapping[] {
  if (root.kind === 'array') return mappingsOf(root, ['uid', 'gid'])
  if (root.kind !== 'object') return fail('cri', root, 'an object or an array')
  const list = mountListIn(root)
  const mount = list ? chooseMount('cri', list, context?.target) : root
  const isWhole = listOf(MOUNT_NAMES, mount, 'uid') && listOf(MOUNT_NAMES, mount, 'gid')
  const lists = listsOf(MOUNT_NAMES, mount)
  return (isWhole && lists) || fail('cri', mount, '"uidMappings" and "gidMappings" together')
}

function mountListIn(root: JsonObject): MountList | undefined {
  const mounts = memberOf('cri', root, 'mounts')
  if (mounts?.kind !== 'array') return undefined
  return {
    mounts,
    targetNames: ['container_path', 'containerPath'],
    isMapped: mount => listsOf(MOUNT_NAMES, mount) !== undefined,
  }
}

/** The `UserNamespace` somewhere inside a pod sandbox's configuration. */
function usernsOptionsIn(value: Json): JsonObject | undefined {
  if (value.kind === 'array') return firstOf(value.items)
  if (value.kind !== 'object') return undefined
  const own = value.members.find(({ key }) => key.value === 'userns_options' || key.value === 'usernsOptions')
  return own?.value.kind === 'object' ? own.value : firstOf(value.members.map(({ value }) => value))
}

function firstOf(values: readonly Json[]): JsonObject | undefined {
  for (const value of values) {
    const found = usernsOptionsIn(value)
    if (found) return found
  }
  return undefined
}

function format<From extends Space, To extends Space>(names: MappingNames, map: IdMapPair<From, To>): string {
  return `${JSON.stringify(listsFor(names, map), null, 2)}\n`
}
