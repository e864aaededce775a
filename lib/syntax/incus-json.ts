import { mapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import type { Dialect, Syntax } from './dialect.ts'
import { type Json, memberOf } from './json.ts'
import { entriesOf, type MappingNames, readDocument } from './json-mappings.ts'
import { fail, linesOf } from './scan.ts'

const NAMES: MappingNames = {
  dialect: 'incus-json',
  from: { names: ['Nsid'], what: 'a container id' },
  to: { names: ['Hostid'], what: 'a host id' },
  count: { names: ['Maprange'], what: 'a count' },
  order: ['to', 'from', 'count'],
  lists: { uid: ['Isuid'], gid: ['Isgid'] },
}

/**
 * The map as Incus and LXD keep it in `volatile.idmap.current`, `volatile.idmap.next` and `volatile.last_state.idmap`:
 * `Nsid` is the container's id, `Hostid` the host's; an entry is for users, for groups or for both. Of an instance's
 * whole configuration (`incus config show`) the key that says most is read: what the kernel has now (`current`), else
 * what the next start will map (`next`), else what the last one left. These keys are Incus' own: to change a map, write
 * `raw.idmap`.
 */
const container: Syntax<'container'> = {
  dialect: 'incus-json',
  role: 'container',
  form: '{"Isuid":…,"Isgid":…,"Hostid":host-id,"Nsid":container-id,"Maprange":count}',
  example: {
    text: '  volatile.idmap.base: "0"\n  volatile.idmap.next: \'[{"Isuid":true,"Isgid":false,"Hostid":1000000,"Nsid":0,"Maprange":1000000000},{"Isuid":false,"Isgid":true,"Hostid":1000000,"Nsid":0,"Maprange":1000000000}]\'\n  volatile.last_state.idmap: \'[]\'\n',
    source: 'https://linuxcontainers.org/incus/docs/main/reference/instance_options/ (volatile.idmap.next)',
  },
  read: text =>
    readDocument('incus-json', valueIn(text), items, item => entriesOf(NAMES, { item, halves: halvesOf(item) })),
  format: map => {
    const { uid, gid } = mapPair(map, ({ extents }, half) =>
      extents.map(({ from, to, count }) => ({
        Isuid: half === 'uid',
        Isgid: half === 'gid',
        Hostid: to,
        Nsid: from,
        Maprange: count,
      })),
    )
    return JSON.stringify([...uid, ...gid])
  },
}

export const incusJson = {
  name: 'incus-json',
  title: 'Incus and LXD, as they keep it (volatile.idmap.*)',
  source: 'https://github.com/lxc/incus/blob/main/shared/idmap/entry.go',
  roles: { container },
  recognises: text => /"(?:Isuid|Nsid|Maprange)"/.test(text) || KEYS.some(key => text.includes(`${key}:`)),
} satisfies Dialect

const KEYS = ['volatile.idmap.current', 'volatile.idmap.next', 'volatile.last_state.idmap'] as const

/** The document with everything blanked out that is not the value: places stay what they are. */
function valueIn(text: string): string {
  const lines = linesOf(text)
  for (const key of KEYS) {
    const line = lines.find(line => line.text.trimStart().startsWith(`${key}:`))
    if (!line) continue
    const start = line.text.indexOf(':') + 1
    const value = line.text.slice(start).replace(/^([ \t]*)['"](.*)['"][ \t]*$/, '$1 $2')
    return `${'\n'.repeat(line.line - 1)}${' '.repeat(start)}${value}`
  }
  return text
}

function items(root: Json): readonly Json[] {
  return root.kind === 'array' ? root.items : fail('incus-json', root, 'an array')
}

function halvesOf(item: Json): readonly Half[] {
  const halves = (['uid', 'gid'] as const).filter(half => isFor(half, item))
  return halves.length > 0 ? halves : fail('incus-json', item, 'an object with "Isuid" or "Isgid" true')
}

function isFor(half: Half, item: Json): boolean {
  const value = item.kind === 'object' && memberOf('incus-json', item, NAMES.lists[half][0])
  if (!value || value.text === 'false') return false
  return value.text === 'true' || fail('incus-json', value, 'true or false')
}
