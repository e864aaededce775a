import { describe, expect, test } from 'vitest'
import { agreeing } from '../../../../lib/kernel/inspect/candidates.ts'
import { consequencesOf } from '../../../../lib/kernel/inspect/consequences.ts'
import type { Sighting } from '../../../../lib/kernel/inspect/ids.ts'
import { judge, type Views } from '../../../../lib/kernel/inspect/judge.ts'
import type { NamespaceLevel } from '../../../../lib/kernel/inspect/namespaces.ts'
import { notesOf } from '../../../../lib/kernel/inspect/notes.ts'
import { spaceOf, type Way } from '../../../../lib/kernel/inspect/way.ts'
import { both } from '../native.ts'

const overflow = { uid: 65534, gid: 65533 }
const everything = both<'container', 'host'>([0, 0, 4294967295])
const host: NamespaceLevel = { name: 'user:[1]', initial: true, owner: undefined, map: everything }
const box: NamespaceLevel = { name: 'user:[2]', initial: false, owner: 0, map: both([0, 100000, 65536]) }
const inner: NamespaceLevel = { name: 'user:[3]', initial: false, owner: 100000, map: both([0, 101000, 1000]) }

const ofInitial = { state: 'initial', how: '' } as const
const hidden = { state: 'hidden', why: 'it is old' } as const
const known = (map: ReturnType<typeof both<'disk', 'host'>>) => ({ state: 'known', map }) as const
const way = (change: Partial<Way>): Way => ({
  mount: { state: 'none' },
  superblock: ofInitial,
  chain: [host, box],
  ...change,
})

const owner = (id: Sighting['id']): Sighting => ({ what: 'owner', half: 'uid', grants: undefined, id })
const group = (id: Sighting['id']): Sighting => ({ what: 'group', half: 'gid', grants: undefined, id })
const capability = (id: Sighting['id']): Sighting => ({
  what: 'file capability',
  half: 'uid',
  grants: 'cap_chown',
  id,
})
const entry = (id: Sighting['id']): Sighting => ({ what: 'access ACL', half: 'gid', grants: 'rw-', id })
const saw = (
  look: typeof owner,
  raw: Sighting['id'] | undefined,
  atHost: Sighting['id'],
  inside: Sighting['id'],
): Views => ({
  raw: raw === undefined ? undefined : look(raw),
  host: look(atHost),
  process: look(inside),
})

test('an id with a way all through is what it is everywhere', () => {
  const found = judge(saw(owner, 1005, 101005, 1005), way({ mount: known(both([0, 100000, 2000])) }), overflow)
  expect(found).toMatchObject({ disk: 1005, host: 101005, seen: 1005, remedy: undefined })
  expect(found.words).toBe('disk uid 1005 → host 101005 (u 0 100000 2000) → container 1005 (u 0 100000 65536)')
})

test('a lost owner is nobody, and the extent that would mend it is named', () => {
  const found = judge(saw(owner, 1005, 65534, 65534), way({ mount: known(both([0, 100000, 1000])) }), overflow)
  expect(found).toMatchObject({ disk: 1005, host: 'nobody', seen: 'nobody' })
  expect(found.remedy).toBe('a mount’s map with the extent u 1005 101005 1 would show it as container uid 1005')
})

test('without an idmapped mount, one is what would mend it', () => {
  const found = judge(saw(owner, 33, 33, 65534), way({}), overflow)
  expect(found.remedy).toBe('an idmapped mount with the extent u 33 100033 1 would show it as container uid 33')
  expect(judge(saw(owner, 33, 33, 65534), way({ chain: [host] }), overflow).remedy).toBeUndefined()
})

test('a lost owner or group ends as the overflow id of its half, a capability as not shown', () => {
  const words = (views: Views) => judge(views, way({}), overflow).words
  expect(words(saw(owner, 5, 5, 65534))).toMatch(/→ shown as 65534 \(overflow uid\)$/)
  expect(words(saw(group, 5, 5, 65533))).toMatch(/→ shown as 65533 \(overflow gid\)$/)
  expect(words(saw(capability, 5, 5, 0))).toMatch(/→ not shown at all \(EOVERFLOW\)$/)
})

test('nothing mends an id that the process’s namespace has not, or that no namespace stands before', () => {
  const remedy = (disk: number, chain: Way['chain']) =>
    judge(saw(owner, disk, 65534, 65534), way({ mount: known(both([0, 100000, 1000])), chain }), overflow).remedy
  expect(remedy(70000, [host, box])).toBeUndefined()
  expect(remedy(1005, [host])).toBeUndefined()
})

test('in nested namespaces the extent leads to the host id that the innermost one shows', () => {
  const found = judge(saw(owner, 5, 5, 65534), way({ chain: [host, box, inner] }), overflow)
  expect(found.remedy).toBe('an idmapped mount with the extent u 5 101005 1 would show it as container uid 5')
})

test('an ACL entry that is lost ends as ACLs show it, not as 65534', () => {
  const found = judge(saw(entry, 5, 5, 'nobody'), way({}), overflow)
  expect(found.words).toMatch(/→ shown as 4294967295 \(no id, as ACLs have it\)$/)
})

test('an ACL entry may really be of id 65534', () => {
  const wide = { ...box, map: both<'container', 'host'>([0, 0, 65535]) }
  const found = judge(saw(entry, 65534, 65534, 65534), way({ chain: [host, wide] }), overflow)
  expect(found.words).not.toMatch(/yet the kernel/)
})

describe('where the kernel hides the mount’s map', () => {
  test('what is seen on both sides of it is told as seen', () => {
    const found = judge(saw(owner, 1005, 101005, 1005), way({ mount: hidden }), overflow)
    expect(found).toMatchObject({ disk: 1005, host: 101005, seen: 1005 })
    expect(found.words).toMatch(/^disk uid 1005 → host 101005 \(so it was seen; /)
  })
  test('the way begins at the host when nobody could look past it', () => {
    const found = judge(saw(owner, undefined, 101005, 1005), way({ mount: hidden }), overflow)
    expect(found).toMatchObject({ disk: undefined, host: 101005, seen: 1005 })
    expect(found.words).toBe('on the disk it could not be seen; host uid 101005 → container 1005 (u 0 100000 65536)')
  })
  test('nothing is invented when it was seen nowhere', () => {
    const found = judge(saw(owner, undefined, 65534, 65534), way({ mount: hidden }), overflow)
    expect(found).toMatchObject({ disk: undefined, host: 'nobody', seen: 'nobody', remedy: undefined })
    expect(found.words).toBe('the mount has no id for it; what it is on the disk could not be seen')
    expect(judge(saw(entry, 'nobody', 'nobody', 'nobody'), way({ mount: hidden }), overflow)).toEqual(
      expect.objectContaining({ disk: undefined, host: 'nobody', words: found.words }),
    )
  })
})

test('a known map leads back to the disk when nobody could look past it', () => {
  const found = judge(saw(owner, undefined, 101005, 1005), way({ mount: known(both([5, 101005, 1])) }), overflow)
  expect(found).toMatchObject({ disk: 5, host: 101005 })
})

test('a container’s own file system has ids of the container’s, and its map is on the way', () => {
  const superblock = { state: 'namespace', namespace: box, how: '' } as const
  const found = judge(saw(owner, 100007, 100007, 7), way({ superblock }), overflow)
  expect(found.words).toBe('disk uid 7 → host 100007 (u 0 100000 65536) → container 7 (u 0 100000 65536)')
})

test('nested namespaces are passed one by one, each with its own extent', () => {
  const chain = [host, box, inner]
  const found = judge(saw(owner, 101005, 101005, 5), way({ chain }), overflow)
  expect(found.words).toBe(
    'disk uid 101005 → host 101005 → user:[2] 1005 (u 0 100000 65536) → container 5 (u 0 1000 1000)',
  )
  expect(chain.map((_, level) => spaceOf(chain, level))).toEqual(['host', 'user:[2]', 'container'])
  expect(judge(saw(owner, 100005, 100005, 65534), way({ chain }), overflow).words).toContain(
    'the map of user:[3] has no extent that leads to user:[2] 5 (it maps 0..999→1000)',
  )
})

test('when the kernel shows something else than the maps say, that is said', () => {
  const found = judge(saw(owner, 5, 5, 42), way({ chain: [host] }), overflow)
  expect(found.words).toBe('disk uid 5 → host 5; yet the kernel shows the process 42: something else is on its way')
})

test('an ACL entry that is shown as nobody, or as what owners overflow to, is not taken for the other', () => {
  const contradicted = (views: Views, change: Partial<Way>) =>
    /; yet the kernel shows the process (\w+)/.exec(judge(views, way(change), overflow).words)?.[1]
  expect(contradicted(saw(entry, 65533, 65533, 'nobody'), { chain: [host] })).toBe('nobody')
  expect(contradicted(saw(entry, 5, 5, 65533), {})).toBe('65533')
  expect(contradicted(saw(entry, 5, 5, 'nobody'), {})).toBeUndefined()
  expect(contradicted(saw(group, 5, 5, 65533), {})).toBeUndefined()
})

test('nobody contradicts where nobody could stand, and a capability’s 0 is no id of the process', () => {
  const unseen = { ...saw(owner, 5, 5, 42), process: undefined }
  expect(judge(unseen, way({ chain: [host] }), overflow).words).toBe('disk uid 5 → host 5')
  expect(judge(saw(capability, 5, 5, 0), way({ chain: [host] }), overflow).words).toBe('disk uid 5 → host 5')
})

test('each loss has its consequence, told once', () => {
  const lost = judge(saw(owner, 1005, 65534, 65534), way({ mount: known(both([0, 100000, 1000])) }), overflow)
  const inside = judge(saw(owner, 33, 33, 65534), way({}), overflow)
  const acl = judge(saw(entry, 5, 5, 'nobody'), way({}), overflow)
  expect(consequencesOf([lost, lost])).toEqual([expect.stringMatching(/EACCES.*EOVERFLOW/)])
  expect(consequencesOf([inside, acl, acl])).toEqual([
    expect.stringMatching(/root has no power over it/),
    expect.stringMatching(/ACL entries/),
  ])
  expect(consequencesOf([judge(saw(owner, 5, 5, 5), way({ chain: [host] }), overflow)])).toEqual([])
})

test('a hidden map is likely one that agrees with every id seen, and only if some id has a host', () => {
  const ids = [
    judge(saw(owner, 5, 100005, 5), way({ mount: hidden }), overflow),
    judge(saw(entry, 70000, 'nobody', 'nobody'), way({ mount: hidden }), overflow),
  ]
  const right = { name: 'the map named right', map: both<'disk', 'host'>([0, 100000, 65536]) }
  const wider = { name: 'wider', map: both<'disk', 'host'>([0, 100000, 80000]) }
  const other = { name: 'other', map: both<'disk', 'host'>([0, 200000, 65536]) }
  expect(agreeing([right, wider, other], ids)).toEqual([right])
  expect(agreeing([right], ids.slice(1))).toEqual([])
  const notes = notesOf(way({ mount: hidden }), { whyNotRaw: undefined, whyNotInside: undefined }, [right])
  expect(notes).toEqual([
    'The mount’s map is not known: it is old.',
    'It may be the map named right: that agrees with every id seen here.',
  ])
})

test('the notes name what is missing, and why', () => {
  const unwritten = { ...box, map: both<'container', 'host'>() }
  const ours = { ...host, initial: false }
  const notes = notesOf(
    way({ chain: [ours, unwritten], superblock: { state: 'unknown', why: 'A' } }),
    { whyNotRaw: 'B', whyNotInside: 'C' },
    [],
  )
  expect(notes.map(note => /A\.|B\.|C\.|"host" is here|no [ug]id_map/.exec(note)?.[0])).toEqual([
    'B.',
    'A.',
    'C.',
    '"host" is here',
    'no uid_map',
    'no gid_map',
  ])
})
