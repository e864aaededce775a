import type { PathInspection } from '../lib/kernel/inspect/inspect.ts'
import type { InspectedId } from '../lib/kernel/inspect/judge.ts'
import { extentsInWords, idInSentences } from '../lib/kernel/inspect/words.ts'
import { harmlessLine } from '../vm/harmless.ts'
import { aligned } from './aligned.ts'

/** A path's ids as a person reads them: where it is, a row for each id, the way of each, and what follows. */
export function renderPathInspection(found: PathInspection): string {
  const inside = found.chain.length > 1
  return [
    `${harmlessLine(found.path)}  ${found.type} ${found.mode.toString(8).padStart(4, '0')}${inside ? `, as process ${found.pid} sees it` : ''}`,
    '',
    ...aligned(whereabouts(found)),
    '',
    ...aligned([['', 'disk', 'host', ...(inside ? ['container'] : [])], ...found.ids.map(id => row(id, inside))]),
    '',
    ...found.ids.flatMap(idInSentences),
    ...paragraph('So', found.consequences),
    ...paragraph('Not known', found.notes),
  ]
    .join('\n')
    .trimEnd()
}

function whereabouts({ mount, superblock, chain }: PathInspection): string[][] {
  const levels = chain
    .slice(1)
    .map(({ name, owner, map }) => [
      'namespace',
      `${name}, made by host uid ${owner}: uids ${extentsInWords(map.uid.extents) || 'none'}; gids ${extentsInWords(map.gid.extents) || 'none'}`,
    ])
  return [['mount', mountInWords(mount)], ['superblock', superblockInWords(superblock)], ...levels]
}

function mountInWords(mount: PathInspection['mount']): string {
  if (mount === undefined) return 'in no mount table that may be read'
  const { type, source, mountPoint, root, map } = mount
  const part = root === '/' ? '' : `, its ${root}`
  const place = harmlessLine(`${type} (${source}${part}) at ${mountPoint}`)
  if (map.state === 'none') return `${place}, not idmapped`
  if (map.state !== 'known') return `${place}, idmapped; the map is not shown`
  const { uid, gid } = map.map
  return `${place}, idmapped: uids ${extentsInWords(uid.extents)}; gids ${extentsInWords(gid.extents)}`
}

function superblockInWords(superblock: PathInspection['superblock']): string {
  if (superblock.state === 'unknown') return 'owner not known'
  return `of ${superblock.state === 'initial' ? 'the initial user namespace' : superblock.namespace.name} (${superblock.how})`
}

function row({ what, grants, half, disk, host, seen }: InspectedId, inside: boolean): string[] {
  const label = grants === undefined ? what : `${what}, ${half === 'uid' ? 'user' : 'group'} ${grants}`
  return [label, String(disk ?? '?'), String(host), ...(inside ? [String(seen)] : [])]
}

function paragraph(heading: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : ['', `${heading}:`, ...sentences.map(sentence => `    ${sentence}`)]
}
