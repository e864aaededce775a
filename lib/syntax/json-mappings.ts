import type { Extent } from '../idmap/extent.ts'
import type { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import type { Space } from '../idmap/space.ts'
import type { Entry, Reading } from './dialect.ts'
import type { DialectName } from './error.ts'
import { type Json, type JsonArray, type JsonObject, memberOf, readJson } from './json.ts'
import { type Edit, edited, setMembers } from './json-edit.ts'
import { keepWritten } from './keep.ts'
import { chooseMountIn, targetsOf } from './mount-choice.ts'
import { decimal, fail, readEach } from './scan.ts'

/** A member's possible names, the one that is written first; and what its value is called in an error. */
interface Member {
  readonly names: readonly [string, ...string[]]
  readonly what: string
}

/** How a dialect of JSON writes an extent, and where it keeps the extents of users and of groups. */
export interface MappingNames {
  readonly dialect: DialectName
  readonly from: Member
  readonly to: Member
  readonly count: Member
  /** In which an extent's members are written. */
  readonly order: readonly (keyof Extent)[]
  readonly lists: Readonly<Record<Half, readonly [string, ...string[]]>>
}

/** An element of a list, and whose it is. */
export interface Mapping {
  readonly item: Json
  readonly halves: readonly Half[]
}

/** Reads a JSON document; `find` says which of its values are extents, and may refuse it by a fault. */
export function readMappings(names: MappingNames, text: string, find: (root: Json) => readonly Mapping[]): Reading {
  return readDocument(names.dialect, text, find, mapping => entriesOf(names, mapping))
}

/** The same for parts of any kind, each read by itself. */
export function readDocument<Part>(
  dialect: DialectName,
  text: string,
  find: (root: Json) => readonly Part[],
  read: (part: Part) => readonly Entry[],
): Reading {
  const parts = readEach([text], text => find(readJson(dialect, text)))
  const { entries, faults } = readEach(parts.entries, read)
  return { entries, faults: [...parts.faults, ...faults] }
}

/** A document's object, for those who only look around in it; `undefined` if it is none. */
export function objectIn(dialect: DialectName, text: string): JsonObject | undefined {
  const { entries } = readEach([text], text => [readJson(dialect, text)])
  return entries[0]?.kind === 'object' ? entries[0] : undefined
}

/** The entries of one element. */
export function entriesOf(names: MappingNames, { item, halves }: Mapping): Entry[] {
  if (item.kind !== 'object') return fail(names.dialect, item, 'an object')
  const number = (member: Member) => {
    const value = firstMember(names.dialect, item, member.names)
    if (!value) return fail(names.dialect, item, `a member "${member.names[0]}"`)
    return decimal(names.dialect, value, member.what)
  }
  const extent = { from: number(names.from), to: number(names.to), count: number(names.count) }
  return halves.map(half => ({ half, extent, line: item.line, column: item.column }))
}

/** Both lists of an object; `undefined` when it has neither. */
export function listsOf(names: MappingNames, object: JsonObject): readonly Mapping[] | undefined {
  const uid = listOf(names, object, 'uid')
  const gid = listOf(names, object, 'gid')
  if (!uid && !gid) return undefined
  return [...mappingsOf(uid, ['uid']), ...mappingsOf(gid, ['gid'])]
}

/** The list of one half; `undefined` when it is not there or `null`, as Go writes a list that is not there. */
export function listOf(names: MappingNames, object: JsonObject, half: Half): JsonArray | undefined {
  const list = firstMember(names.dialect, object, names.lists[half])
  if (!list || list.text === 'null') return undefined
  return list.kind === 'array' ? list : fail(names.dialect, list, 'an array')
}

/** The elements of a list, each for the same halves. */
export function mappingsOf(list: JsonArray | undefined, halves: readonly Half[]): Mapping[] {
  return list?.items.map(item => ({ item, halves })) ?? []
}

/** The first of several members that an object has. */
function firstMember(dialect: DialectName, object: JsonObject, names: readonly string[]): Json | undefined {
  for (const name of names) {
    const value = memberOf(dialect, object, name)
    if (value) return value
  }
  return undefined
}

/** How a document's mounts are told apart, and which of them are of interest. */
export interface MountList {
  readonly mounts: JsonArray
  readonly targetNames: readonly string[]
  readonly isMapped: (mount: JsonObject) => boolean
}

/** The one mount of a document that is meant: the one at `target`, or the only one that is mapped; else a fault. */
export function chooseMount(dialect: DialectName, list: MountList, target: string | undefined): JsonObject {
  const all = candidatesIn(dialect, list)
  const mapped = all.filter(({ mount }) => list.isMapped(mount))
  const [first, ...others] = mapped.length > 0 ? mapped : all
  if (!first || (mapped.length === 0 && target === undefined)) return fail(dialect, list.mounts, 'a mount with a map')
  return chooseMountIn(dialect, [first, ...others], target).mount
}

/** Where the mounts with a map are mounted. */
export function mountTargets(dialect: DialectName, list: MountList): string[] {
  return targetsOf(candidatesIn(dialect, list).filter(({ mount }) => list.isMapped(mount)))
}

function candidatesIn(dialect: DialectName, { mounts, targetNames }: MountList) {
  return mounts.items
    .filter(item => item.kind === 'object')
    .map(mount => {
      const target = firstMember(dialect, mount, targetNames)
      return { mount, place: mount, target: target?.kind === 'string' ? target.value : undefined }
    })
}

/** The lists of a map as values for `JSON.stringify`. */
export function listsFor<From extends Space, To extends Space>(names: MappingNames, map: IdMapPair<From, To>) {
  return { [names.lists.uid[0]]: listFor(names, map.uid), [names.lists.gid[0]]: listFor(names, map.gid) }
}

function listFor<From extends Space, To extends Space>(names: MappingNames, map: IdMap<From, To>) {
  return map.extents.map(extent =>
    Object.fromEntries(numbersOf(names, extent).map(([member, number]) => [member.names[0], number])),
  )
}

/** The members of an extent and their values, in the order of the dialect. */
function numbersOf(names: MappingNames, extent: Extent): [Member, number][] {
  return names.order.map(side => [names[side], extent[side]])
}

/** What to change in a document so that an object's lists say the map; elements that say it already stay as they are. */
export function editLists<From extends Space, To extends Space>(
  names: MappingNames,
  document: string,
  object: JsonObject,
  map: IdMapPair<From, To>,
): Edit[] {
  const fresh: Record<string, unknown> = {}
  const edits: Edit[] = []
  for (const half of ['uid', 'gid'] as const) {
    const list = listOf(names, object, half)
    const name = names.lists[half].find(name => memberOf(names.dialect, object, name)) ?? names.lists[half][0]
    if (list && list.items.length > 0) edits.push(...editList(names, document, list, map, half))
    else if (!list || map[half].size > 0) fresh[name] = listFor(names, map[half])
  }
  return [...edits, ...setMembers(document, object, fresh)]
}

function editList<From extends Space, To extends Space>(
  names: MappingNames,
  document: string,
  list: JsonArray,
  map: IdMapPair<From, To>,
  half: Half,
): Edit[] {
  const written = list.items.map(item => ({ item, entries: entriesOf(names, { item, halves: [half] }) }))
  const { kept, missing } = keepWritten(written, map)
  const [first, second] = list.items
  const last = list.items.at(-1)
  if (!first || !last || (kept.size === written.length && missing[half].length === 0)) return []
  const head = document.slice(list.start + 1, first.start)
  const tail = document.slice(last.start + last.text.length, list.start + list.text.length - 1)
  const gap = second ? document.slice(first.start + first.text.length, second.start) : `,${head || blankLike(first)}`
  const items = [
    ...[...kept].map(({ item }) => item.text),
    ...missing[half].map(extent => likeItem(names, first, extent)),
  ]
  const text = items.length > 0 ? `[${head}${items.join(gap)}${tail}]` : '[]'
  return [{ start: list.start, end: list.start + list.text.length, text }]
}

/** What separates elements on one line, where one has blanks inside or none. */
function blankLike({ text }: Json): string {
  return text.includes(': ') ? ' ' : ''
}

/** An element that looks like one that is there: its order, its blanks, its other members, other numbers. */
function likeItem(names: MappingNames, item: Json, extent: Extent): string {
  if (item.kind !== 'object') return ''
  return edited(
    item.text,
    numbersOf(names, extent).flatMap(([member, number]) => {
      const value = firstMember(names.dialect, item, member.names)
      if (!value) return []
      const start = value.start - item.start
      return [{ start, end: start + value.text.length, text: `${number}` }]
    }),
  )
}
