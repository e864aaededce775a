import { describe, expect, test } from 'vitest'
import { incus } from '../../../lib/syntax/incus.ts'
import { DIGITS, entries, pair, said, wrong } from './told.ts'

const container = incus.roles.container

// https://linuxcontainers.org/incus/docs/main/userns-idmap/#custom-idmaps
const MANUAL = 'both 1000 1000\nuid 50-60 500-510\ngid 100000-110000 10000-20000\n'

// The form of `incus config show`, with the values of https://discuss.linuxcontainers.org threads on raw.idmap.
const INSTANCE = `architecture: x86_64
config:
  image.os: Debian
  raw.idmap: |-
    both 1000 1000
    uid 50-60 500-510
  security.nesting: "true"
devices:
  data:
    path: /data # where raw.idmap matters
    source: /srv/data
    type: disk
`

describe('what is read', () => {
  test('the host is the first number, the container the second', () => {
    expect(said(container, 'both 1005 2005')).toBe('2005→1005 | 2005→1005')
  })

  test('the example of the manual: last ids are included', () => {
    expect(said(container, MANUAL)).toBe('500..510→50, 1000→1000 | 1000→1000, 10000..20000→100000')
  })

  test.each([
    ['an instance’s YAML', INSTANCE],
    ['one that ends with the block', INSTANCE.slice(0, INSTANCE.indexOf('  security'))],
    ['a block with an empty line', INSTANCE.replace('    uid', '\n    uid')],
    ['a command', 'incus config set box raw.idmap "both 1000 1000\nuid 50-60 500-510"'],
    ['a command with printf', "incus config set box raw.idmap='both 1000 1000\\nuid 50-60 500-510'"],
    ['a quoted value of YAML', '  raw.idmap: "both 1000 1000\\nuid 50-60 500-510"'],
    ['entries between semicolons, with blanks around', ' both 1000 1000 ;\tuid 50-60 500-510;;'],
    ['lines that end as on Windows', 'both 1000 1000\r\nuid 50-60 500-510\r\n'],
    ['a quotation that never ends', 'raw.idmap "both 1000 1000\nuid 50-60 500-510\n'],
  ])('%s', (_, text) => {
    expect(said(container, text)).toBe('500..510→50, 1000→1000 | 1000→1000')
  })

  test('behind the key on its own line, with places', () => {
    expect(entries(container, 'config:\n  raw.idmap: uid 5 6\n  a: both 1 1')).toEqual(['2:14 uid 6 5 1'])
    expect(entries(container, 'incus config set c raw.idmap  both 7 8')).toEqual(['1:31 uid 8 7 1', '1:31 gid 8 7 1'])
    expect(entries(container, 'raw.idmap = "gid 7 8" # both')).toEqual(['1:14 gid 8 7 1'])
  })

  test('nothing is an empty map', () => {
    expect(said(container, '\n')).toBe('(empty) | (empty)')
  })
})

test.each([
  ['users 1 1', 1, 1, 'users', "'both', 'uid' or 'gid'"],
  ['both 1 1\n  uid', 2, 6, '', `a host id ${DIGITS}`],
  ['uid 1', 1, 6, '', `a container id ${DIGITS}`],
  ['uid 1  1', 1, 7, '', `a container id ${DIGITS}`],
  ['uid 1 1 1', 1, 9, '1', 'the end of the entry'],
  ['uid 1-2 1', 1, 9, '1', 'as many ids as on the host (2)'],
  ['uid 1 1-2', 1, 7, '1-2', 'as many ids as on the host (1)'],
  ['uid 1- 1', 1, 7, '', `the last id of the range, or none ${DIGITS}`],
  ['uid 5-4 1', 1, 7, '4', 'a last id from 5 on'],
  ['uid 1-2-3 1-3', 1, 9, '3', 'the end of the range'],
  ['gid 1 -1', 1, 7, '', `a container id ${DIGITS}`],
  ['gid 01 1', 1, 5, '01', `a host id ${DIGITS}`],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(container, text)).toEqual([[line, column, found, expected]])
})

test('every wrong line is told', () => {
  expect(wrong(container, 'x\nboth 1 1\nuid').map(([line]) => line)).toEqual([1, 3])
})

test('two entries for one id are an overlap, which Incus overlooks when it is a single one', () => {
  expect(() => said(container, 'both 1000 1000\nboth 1000 1000')).toThrow(/uid: container id 1000 is used twice/)
})

describe('what is written', () => {
  test('what users and groups share is one line, single ids are no ranges', () => {
    const map = pair<'container', 'host'>(
      [
        [0, 100000, 10],
        [1000, 1000, 1],
      ],
      [
        [5, 5, 1],
        [1000, 1000, 1],
      ],
    )
    expect(container.format(map)).toBe('uid 100000-100009 0-9\nboth 1000 1000\ngid 5 5\n')
    expect(container.format(pair([]))).toBe('')
  })
})

describe('a document gets another map', () => {
  const rewrite = (document: string, ...rows: [number, number, number][]) => container.rewrite?.(document, pair(rows))
  const KEPT = pair<'container', 'host'>(
    [
      [500, 50, 11],
      [1000, 1000, 1],
      [7, 7, 2],
    ],
    [[1000, 1000, 1]],
  )

  test('lines that say what it says stay, others go, new ones come last', () => {
    expect(container.rewrite?.(INSTANCE, KEPT)).toBe(INSTANCE.replace('500-510\n', '500-510\n    uid 7-8 7-8\n'))
    expect(rewrite(INSTANCE, [1000, 1000, 1])).toBe(INSTANCE.replace('    uid 50-60 500-510\n', ''))
    expect(rewrite(INSTANCE, [2, 3, 1])).toBe(INSTANCE.replace(/ {4}both.*\n.*uid.*\n/, '    both 3 2\n'))
  })

  test('an empty map takes the key away', () => {
    expect(rewrite(INSTANCE)).toBe(INSTANCE.replace(/ {2}raw[\s\S]*510\n/, ''))
    expect(rewrite('config:\n  raw.idmap: uid 1 1\n')).toBe('config:\n')
  })

  test('new lines of a block are as deep as the old ones, and blank lines alone are no block', () => {
    const deep = 'config:\n  raw.idmap: |\n\n        uid 1 1\n  x: y\n'
    expect(container.rewrite?.(deep, pair([[1, 1, 1]], [[2, 2, 1]]))).toBe(
      deep.replace('uid 1 1\n', 'uid 1 1\n        gid 2 2\n'),
    )
    const blank = deep.replace('\n\n', '\n   \n')
    expect(container.rewrite?.(blank, pair([[1, 1, 1]], [[2, 2, 1]]))).toBe(
      blank.replace('uid 1 1\n', 'uid 1 1\n        gid 2 2\n'),
    )
    expect(rewrite('config:\n  raw.idmap: |\n   \n    uid 1 1\n  x: y\n')).toBe('config:\n  x: y\n')
    expect(rewrite('description: config:\nconfig:\n  x: y\n', [1, 1, 1])).toBe(
      'description: config:\nconfig:\n  raw.idmap: both 1 1\n  x: y\n',
    )
  })

  test('a value behind the key becomes a block when it gets longer', () => {
    const one = 'config:\n  raw.idmap: "uid 1 1"\n  x: y\n'
    expect(container.rewrite?.(one, pair([[1, 1, 1]], []))).toBe(one)
    expect(rewrite(one, [1, 1, 1])).toBe('config:\n  raw.idmap: |-\n    uid 1 1\n    gid 1 1\n  x: y\n')
    expect(rewrite(one, [2, 2, 1])).toBe('config:\n  raw.idmap: both 2 2\n  x: y\n')
  })

  test('a document without the key gets it as the first setting', () => {
    expect(rewrite('name: box\nconfig:\n    x: y\n', [1, 1, 1])).toBe(
      'name: box\nconfig:\n    raw.idmap: both 1 1\n    x: y\n',
    )
    expect(rewrite('config: {}\nname: box\n', [1, 1, 1])).toBe('config:\n  raw.idmap: both 1 1\nname: box\n')
    expect(container.rewrite?.('config:\n', pair([[1, 1, 1]], [[2, 2, 1]]))).toBe(
      'config:\n  raw.idmap: |-\n    uid 1 1\n    gid 2 2\n',
    )
  })

  test('a text of nothing but entries', () => {
    expect(rewrite('both 1 1\n\nuid 2-3 2-3\n', [1, 1, 1], [9, 8, 1])).toBe('both 1 1\n\nboth 8 9\n')
    expect(rewrite('uid 5 5', [5, 5, 1])).toBe('uid 5 5\ngid 5 5\n')
    expect(rewrite('both 1 1\n')).toBe('')
  })

  test('an empty block is filled as deep as it should be', () => {
    expect(rewrite('config:\n  raw.idmap: |\n  x: y\n', [1, 1, 1])).toBe(
      'config:\n  raw.idmap: |\n    both 1 1\n  x: y\n',
    )
  })

  test('what can’t be read is not written over', () => {
    expect(() => rewrite('both 1 x\n', [1, 1, 1])).toThrow('line 1, column 8')
  })
})

test.each([
  ['raw.idmap: x', true],
  [INSTANCE, true],
  ['\n  uid 5 5', true],
  ['gid 5-6 5-6', true],
  ['uid: 5', false],
  ['u 0 1 1', false],
  ['', false],
])('%j: is it Incus’? %j', (text, is) => {
  expect(incus.recognises(text)).toBe(is)
})
