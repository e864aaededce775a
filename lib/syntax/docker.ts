import { type Extent, endOf, type IdRange } from '../idmap/extent.ts'
import { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { findProblems } from '../idmap/validate.ts'
import { optionsOf, shellWords } from './command-line.ts'
import type { Dialect, Entry, ReadContext, Reading, Syntax } from './dialect.ts'
import { IdMapInexpressibleError } from './error.ts'
import { memberOf, readJson } from './json.ts'
import { edited, setMembers } from './json-edit.ts'
import { editLines } from './line-edit.ts'
import { fail, type Piece, readEach, skip } from './scan.ts'
import { type SubidLines, subidsOf, subidText } from './subid.ts'

/**
 * Docker's `userns-remap`, for all containers of a daemon: it names an owner (`default` is `dockremap`), alone, as the
 * option of `dockerd`, or in `daemon.json`. The map is made of the owner's lines in `/etc/subuid` and `/etc/subgid`
 * (`context.subids`): in the order of the files, one after the other from container id 0 on (Docker before 19.03 sorted
 * them by host id, moby#39288). The owner's name is looked for in both files; a group behind a colon
 * (`user:group`) only owns Docker's own directory. Docker also takes lines that have the owner's uid instead of its
 * name; which uid that is no text says, so write the owner as the files do.
 */
const container: Syntax<'container'> = {
  dialect: 'docker',
  role: 'container',
  form: 'userns-remap=owner[:group]',
  example: {
    text: '{\n  "userns-remap": "jonas"\n}\n',
    source: 'https://github.com/moby/moby/pull/39288',
    context: {
      subids: {
        uid: [
          { owner: 'jonas', from: 100000, count: 1000, line: 1 },
          { owner: 'jonas', from: 1000, count: 1, line: 2 },
        ],
        gid: [{ owner: 'jonas', from: 100000, count: 1001, line: 1 }],
      },
    },
  },
  read,
  format: (pair, context) => `userns-remap=${spoken(ownerOf(pair, context))}`,
  rewrite,
}

export const docker = {
  name: 'docker',
  title: 'Docker daemon (userns-remap)',
  source: 'https://docs.docker.com/engine/security/userns-remap/',
  roles: { container },
  recognises: text => /userns-remap/.test(text),
} satisfies Dialect

function read(text: string, context: ReadContext = {}): Reading {
  return readEach([text], document => {
    const owner = remapOf(document)
    return owner ? HALVES.flatMap(half => entriesOf(owner, half, context)) : []
  })
}

/** The value of `userns-remap`; nothing when a `daemon.json` has none. */
function remapOf(document: string): Piece | undefined {
  if (isJson(document)) {
    const value = memberOf('docker', objectOf(document), 'userns-remap')
    if (value && value.kind !== 'string') fail('docker', value, 'the name of an owner, in quotes')
    return value && skip(value, 1, value.text.length - 2)
  }
  const { options, others } = optionsOf(shellWords(document), OPTIONS)
  const [value, second] = options.length > 0 ? options.map(option => option.value) : others
  if (second) fail('docker', second, 'one owner')
  return value
}

const OPTIONS = new Map([
  ['--userns-remap', 'remap'],
  ['userns-remap', 'remap'],
])

function isJson(document: string): boolean {
  return /^\s*[{"[]/.test(document)
}

function objectOf(document: string) {
  const json = readJson('docker', document)
  return json.kind === 'object' ? json : fail('docker', json, "daemon.json, or its member 'userns-remap'")
}

/** Docker reads an empty value as none. */
function entriesOf(value: Piece, half: Half, { subids }: ReadContext): Entry[] {
  const owner = skip(value, 0, /^[^:]*/.exec(value.text)?.[0].length)
  const name = nameOf(owner.text)
  if (value.text === '') return []
  if (!/^[^\s:]+(?::[^\s:]+)?$/.test(value.text)) fail('docker', value, 'owner or owner:group')
  if (name === 'root' || name === '0') fail('docker', owner, 'an owner other than root, for whom Docker remaps nothing')
  if (!subids) fail('docker', owner, `the lines of ${name} in /etc/subuid and /etc/subgid beside the name`)
  const lines = subidsOf(subids[half], { name })
  if (lines.length === 0) fail('docker', owner, `an owner who has lines in ${FILES[half]}`)
  return concatenation(lines).map(extent => ({ half, extent, line: owner.line, column: owner.column }))
}

const DEFAULT_OWNER = 'dockremap'

const FILES: Readonly<Record<Half, string>> = { uid: '/etc/subuid', gid: '/etc/subgid' }

/** The ranges one after the other, from container id 0 on. */
function concatenation(ranges: readonly IdRange[]): Extent[] {
  let next = 0
  return ranges.map(({ from, count }) => {
    const extent = { from: next, to: from, count }
    next += count
    return extent
  })
}

function rewrite(document: string, pair: IdMapPair<'container', 'host'>, context?: ReadContext): string {
  const remap = remapOf(document)
  const owner = ownerOf(pair, context)
  if (remap && nameOf(remap.text) === owner) return document
  if (!isJson(document))
    return remap ? editLines(document, [{ piece: remap, text: spoken(owner) }]) : `userns-remap=${spoken(owner)}`
  return edited(document, setMembers(document, objectOf(document), { 'userns-remap': spoken(owner) }))
}

function nameOf(value: string): string {
  const name = /^[^:]*/.exec(value)?.[0] ?? ''
  return name === 'default' ? DEFAULT_OWNER : name
}

function spoken(owner: string): string {
  return owner === DEFAULT_OWNER ? 'default' : owner
}

/** Whose lines make this map, in both files. */
function ownerOf(pair: IdMapPair<'container', 'host'>, context: ReadContext = {}): string {
  for (const half of HALVES) refuseGaps(pair[half].extents, half)
  const subids = context.subids ?? { uid: [], gid: [] }
  const owners = new Set(subids.uid.map(({ owner }) => owner))
  const owner = [...owners].find(
    name =>
      name !== 'root' && name !== '0' && HALVES.every(half => isMade(pair[half], subidsOf(subids[half], { name }))),
  )
  if (owner !== undefined) return owner
  const lines = (half: Half) =>
    linesFor(pair[half].extents)
      .map(line => `'${line}'`)
      .join(', ')
  throw new IdMapInexpressibleError(
    'docker',
    `it only names an owner of subordinate ids, and none has these; userns-remap=default would say it with ${lines('uid')} in /etc/subuid and ${lines('gid')} in /etc/subgid, and no other lines of ${DEFAULT_OWNER}`,
  )
}

const HALVES = ['uid', 'gid'] as const

function refuseGaps(extents: readonly Extent[], half: Half): void {
  let next = 0
  for (const extent of extents) {
    if (extent.from !== next) break
    next = endOf(extent)
  }
  const last = extents.at(-1)
  if (last && endOf(last) === next) return
  const gap = last ? `no ${half} ${next} is mapped, but later ones are` : `no ${half} is mapped`
  throw new IdMapInexpressibleError(
    'docker',
    `it maps container ids from 0 on without a gap, and here ${gap}; fill the gap with host ids of the owner's`,
  )
}

function isMade(map: IdMap<'container', 'host'>, lines: SubidLines): boolean {
  const extents = concatenation(lines)
  return findProblems(extents, {}).length === 0 && map.equals(IdMap.of(extents))
}

function linesFor(extents: readonly Extent[]): string[] {
  return extents.map(({ to, count }) => subidText({ owner: DEFAULT_OWNER, from: to, count }))
}
