import { formatCapabilities } from '../lib/kernel/capabilities.ts'
import type { IdsInNamespace, OwnedNamespace, ProcessInspection } from '../lib/kernel/inspect/process.ts'
import { extentsInWords } from '../lib/kernel/inspect/words.ts'
import { harmlessLine } from '../vm/harmless.ts'
import { aligned } from './aligned.ts'

/** A process as a person reads it: its ids in every user namespace it is in, its capabilities, and over what they count. */
export function renderProcessInspection({ pid, status, levels, namespaces }: ProcessInspection): string {
  const own = levels.at(-1)?.namespace.name ?? ''
  const sets = Object.entries(status.capabilities).map(([name, set]) => [name, formatCapabilities(set)])
  return [
    `process ${pid} (${harmlessLine(status.name)})`,
    '',
    ...aligned([
      ['user namespace', 'uid', 'gid', 'groups', 'made by', 'its map to host uids'],
      ...levels.map((level, depth) => levelRow(level, depth)),
    ]),
    ...(levels.some(differ) ? ['uid and gid: real/effective/saved/filesystem, where they differ'] : []),
    '',
    `Capabilities, over ${own} and what is inside it:`,
    ...aligned(sets).map(line => `    ${line}`),
    '',
    'Its other namespaces, and whether these capabilities count there:',
    ...aligned(namespaces.map(namespaceRow)).map(line => `    ${line}`),
  ].join('\n')
}

function levelRow({ namespace, uid, gid, groups }: IdsInNamespace, depth: number): string[] {
  const { name, initial, owner, map } = namespace
  const place = depth === 0 ? `${initial ? 'initial' : 'ours'}, ${name}` : name
  const maker = owner === undefined ? '' : `host uid ${owner}`
  const extents = depth === 0 ? '' : extentsInWords(map.uid.extents) || 'none written'
  return [place, ids(uid), ids(gid), groups.join(',') || '-', maker, extents]
}

function differ({ uid, gid }: IdsInNamespace): boolean {
  return [uid, gid].some(four => ids(four).includes('/'))
}

/** One number when all four are the same, else real/effective/saved/filesystem. */
function ids(four: IdsInNamespace['uid']): string {
  const all = [four.real, four.effective, four.saved, four.filesystem].map(String)
  return new Set(all).size === 1 ? (all[0] ?? '') : all.join('/')
}

function namespaceRow({ kind, name, owner, reach }: OwnedNamespace): string[] {
  const counts = {
    'owned by its user namespace': 'yes',
    'owned by a namespace inside': 'yes',
    'owned by a namespace outside': 'no',
    unknown: '?',
  }
  return [kind, name, counts[reach], `${reach}${owner === undefined ? '' : `, ${owner}`}`]
}
