import { describe, expect, test } from 'vitest'
import { equalPairs } from '../../../lib/idmap/pair.ts'
import { DIRECTIONS, parseMap, type Role } from '../../../lib/syntax/dialect.ts'
import { IdMapDialectError } from '../../../lib/syntax/error.ts'
import {
  DIALECTS,
  dialectNamed,
  formatContainerMap,
  formatExceptions,
  formatMountMap,
  parseContainerMap,
  parseExceptions,
  parseMountMap,
  recognise,
  syntaxOf,
} from '../../../lib/syntax/registry.ts'
import { SYNTAXES } from './syntaxes.ts'

const lxcMap = parseContainerMap('lxc', 'u 5 105 1; g 6 106 2')
const mountMap = parseMountMap('kernel', '==> uid_map <==\n5 105 1\n==> gid_map <==\n6 106 2\n')

describe.each(SYNTAXES)('$dialect, $role', syntax => {
  test('the example is a map, taken for its own dialect, and nothing is wrong with it', () => {
    const { text, context } = syntax.example
    const reading = syntax.read(text, context)
    expect(reading.faults).toEqual([])
    expect(reading.entries.length).toBeGreaterThan(0)
    expect(parseMap(syntax, text, context).uid.size).toBeGreaterThan(0)
    expect(dialectNamed(syntax.dialect).recognises(text)).toBe(true)
  })

  test('the form names its fields, and the example where it is from', () => {
    const { from, to } = DIRECTIONS[syntax.role]
    expect(syntax.form).toMatch(/^\S/)
    expect(syntax.example.source).toMatch(/^https:\/\//)
    expect(syntaxOf(syntax.dialect, syntax.role)).toBe(syntax)
    expect([from, to]).not.toEqual([to, from])
  })
})

test.each(DIALECTS)('$name has a title for people and a source', dialect => {
  expect(dialect.title).toMatch(/^\S.+\S$/)
  expect(dialect.source).toMatch(/^https:\/\//)
  expect(dialectNamed(dialect.name)).toBe(dialect)
  expect(Object.keys(dialect.roles).length > 0 || dialect.ranges).toBeTruthy()
})

test('every name is there once', () => {
  expect(new Set(DIALECTS.map(({ name }) => name)).size).toBe(DIALECTS.length)
})

describe('the functions by name', () => {
  test('read and write a container’s map', () => {
    expect(`${lxcMap.uid} ${lxcMap.gid}`).toBe('5→105 6..7→106')
    expect(formatContainerMap('lxc', lxcMap)).toBe('lxc.idmap = u 5 105 1\nlxc.idmap = g 6 106 2\n')
  })

  test('read and write the map of a mount', () => {
    expect(formatMountMap('kernel', mountMap)).toBe('==> uid_map <==\n5 105 1\n\n==> gid_map <==\n6 106 2\n')
  })

  test('read and write exceptions', () => {
    expect(formatExceptions('proxmox', parseExceptions('proxmox', 'u:5:105:1'))).toBe('u:5:105:1')
  })

  test('know by their types which dialect plays the role', () => {
    // @ts-expect-error proxmox has exceptions, no containers
    expect(() => parseContainerMap('proxmox', '')).toThrow(IdMapDialectError)
    // @ts-expect-error lxc has containers, no mounts
    expect(() => parseMountMap('lxc', '')).toThrow(IdMapDialectError)
    // @ts-expect-error a mount map is no container's map
    expect(() => formatContainerMap('kernel', mountMap)).not.toThrow()
  })

  test('pass on what is left to others to say', () => {
    const text = 'mp0: a,mp=/a,idmap=u:1:1:1\nmp1: b,mp=/b,idmap=u:2:2:1'
    expect(`${parseExceptions('proxmox', text, { target: 'mp1' }).uid}`).toBe('2→2')
  })
})

test('an unknown dialect is told with those that there are', () => {
  expect(() => dialectNamed('lxd')).toThrow(IdMapDialectError)
  expect(() => dialectNamed('lxd')).toThrow(expect.objectContaining({ code: 'IDMAP_DIALECT', blame: 'user' }))
  expect(() => dialectNamed('lxd')).toThrow(/^There is no dialect 'lxd'; there are .*lxc, .*kernel/)
})

test('a role that a dialect does not play is told with those that do', () => {
  expect(() => syntaxOf('kernel', 'exceptions')).toThrow(
    'kernel has no exceptions for mount points; dialects that have: proxmox',
  )
  expect(() => syntaxOf('subid', 'container')).toThrow(/^subid has no maps of containers; dialects that have: .*lxc/)
  expect(() => syntaxOf('lxc', 'mount')).toThrow(/^lxc has no maps of mounts; dialects that have: .*kernel/)
})

describe('a text is recognised', () => {
  const PROXMOX = 'arch: amd64\nrootfs: local:8,idmap=passthrough\nunprivileged: 1\n'
  test.each<[string, Role, string | undefined]>([
    ['u 0 100000 65536; g 0 100000 65536', 'container', 'lxc'],
    ['# mine\nlxc.idmap = u 0 100000 65536', 'container', 'lxc'],
    ['lxc.id_map = u 0 100000 65536', 'container', 'lxc-legacy'],
    [PROXMOX, 'container', 'lxc'],
    [PROXMOX, 'exceptions', 'proxmox'],
    ['u:1005:1005:1;g:1005:1005:1', 'exceptions', 'proxmox'],
    ['passthrough', 'exceptions', 'proxmox'],
    ['b:0:100000:65536', 'container', 'lxc-usernsexec'],
    ['-m u:0:100000:65536', 'container', 'lxc-usernsexec'],
    ['         0     100000      65536', 'container', 'kernel'],
    ['0 1000 1', 'mount', 'kernel'],
    ['/proc/1/uid_map:   0 0 4294967295', 'container', 'kernel'],
    ['newuidmap $! 0 100000 65536', 'container', 'newuidmap'],
    ['{ "userns-remap": "default" }', 'container', 'docker'],
    ['hello', 'container', undefined],
    ['', 'mount', undefined],
    ['root:100000:65536', 'container', undefined],
  ])('%j as %s: %s', (text, role, name) => {
    expect(recognise(text, role)?.dialect).toBe(name)
    expect(recognise(text, role)?.role).toBe(name && role)
  })
})

test('equal maps come from every dialect that can say one', () => {
  const said = SYNTAXES.filter(({ dialect, role }) => role === 'container' && dialect !== 'docker')
  expect(said.length).toBeGreaterThan(4)
  const pair = parseContainerMap('lxc', 'b 0 100000 65536')
  for (const { dialect } of said) {
    const syntax = syntaxOf(dialect, 'container')
    expect([dialect, equalPairs(parseMap(syntax, syntax.format(pair)), pair)]).toEqual([dialect, true])
  }
})
