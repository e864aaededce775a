import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Half } from '../../../lib/idmap/problem.ts'
import type { ReadContext } from '../../../lib/syntax/dialect.ts'
import { docker } from '../../../lib/syntax/docker.ts'
import { IdMapInexpressibleError, IdMapSyntaxError } from '../../../lib/syntax/error.ts'
import { formatContainerMap, parseContainerMap } from '../../../lib/syntax/registry.ts'
import { formatSubids, parseSubids } from '../../../lib/syntax/subid.ts'
import { refusal } from './refusal.ts'

function subids(uid: string, gid = uid): ReadContext & { subids: Record<Half, ReturnType<typeof parseSubids>> } {
  return { subids: { uid: parseSubids(uid), gid: parseSubids(gid) } }
}

// https://github.com/moby/moby/pull/39288: the order of the file, not of the ids
const JONAS = subids(
  'jonas:100000:1000\ndockremap:200000:5\njonas:1000:1\nroot:5:5\n0:5:5',
  'jonas:300000:7\ndockremap:200000:5',
)

describe('what is read', () => {
  test.each([
    '{\n  "debug": true,\n  "userns-remap": "jonas"\n}\n',
    '{"userns-remap": "jonas:staff"}',
    '"userns-remap": "jonas",',
    '\n  {"userns-remap": "jonas"}',
    'dockerd --userns-remap=jonas --debug',
    'dockerd --userns-remap jonas:staff',
    `dockerd --userns-remap="jonas"`,
    '--userns-remap="jonas"',
    'userns-remap=jonas',
    'jonas',
    '# the owner\njonas:1000\n',
  ])('%j is the concatenation of the owner’s lines, in their order', text => {
    expect(docker.roles.container.read(text, JONAS).faults).toEqual([])
    const { uid, gid } = parseContainerMap('docker', text, JONAS)
    expect(`${uid} | ${gid}`).toBe('0..999→100000, 1000→1000 | 0..6→300000')
  })

  test('default is dockremap', () => {
    expect(`${parseContainerMap('docker', '{"userns-remap": "default"}', JONAS).uid}`).toBe('0..4→200000')
    expect(`${parseContainerMap('docker', 'dockremap', JONAS).uid}`).toBe('0..4→200000')
  })

  test.each(['', '{}', '{"debug": true}', '{"userns-remap": ""}', '# nothing'])('%j remaps nothing', text => {
    expect(docker.roles.container.read(text, JONAS)).toEqual({ entries: [], faults: [] })
  })

  test('the example’s owner has two ranges of users and one of groups', () => {
    const { text, context } = docker.roles.container.example
    const { uid, gid } = parseContainerMap('docker', text, context)
    expect(`${uid} | ${gid}`).toBe('0..999→100000, 1000→1000 | 0..1000→100000')
  })

  test('a uid is an owner when the files have it as one', () => {
    const byUid = subids('1000:100000:5')
    expect(parseContainerMap('docker', '1000', byUid).gid.lookup(1)).toBe(100_001)
  })

  test('every entry tells where the owner stands', () => {
    const { entries } = docker.roles.container.read('{\n  "userns-remap": "jonas"\n}', JONAS)
    expect(entries.map(({ half, line, column }) => [half, line, column])).toEqual([
      ['uid', 2, 20],
      ['uid', 2, 20],
      ['gid', 2, 20],
    ])
  })

  test('lines that meet are an overlap of the map', () => {
    expect(() => parseContainerMap('docker', 'a', subids('a:5:5\na:9:1'))).toThrow(/^uid: host id 9 is used twice/)
  })
})

test.each([
  ['jo', 1, 1, 'jo', 'an owner who has lines in /etc/subuid'],
  ['{"userns-remap": "jo"}', 1, 19, 'jo', 'an owner who has lines in /etc/subuid'],
  ['root', 1, 1, 'root', 'an owner other than root, for whom Docker remaps nothing'],
  ['0:0', 1, 1, '0', 'an owner other than root, for whom Docker remaps nothing'],
  ['jonas:', 1, 1, 'jonas:', 'owner or owner:group'],
  ['jonas:a:b', 1, 1, 'jonas:a:b', 'owner or owner:group'],
  ['jonas kim', 1, 7, 'kim', 'one owner'],
  ['--userns-remap=jonas --userns-remap=kim', 1, 37, 'kim', 'one owner'],
  ['{"userns-remap": "jonas", "userns-remap": "kim"}', 1, 27, '"userns-remap"', 'one member "userns-remap"'],
  ['{"userns-remap": true}', 1, 18, 'true', 'the name of an owner, in quotes'],
  ['{"userns-remap": "jonas"', 1, 25, '', "',' or '}'"],
  ['["jonas"]', 1, 1, '["jonas"]', "daemon.json, or its member 'userns-remap'"],
])('%j is refused at its place', (text, line, column, found, expected) => {
  const error = refusal(() => parseContainerMap('docker', text, JONAS))
  expect(error).toMatchObject({ dialect: 'docker', line, column, found, expected })
})

test('an owner without lines for groups is told too', () => {
  expect(refusal(() => parseContainerMap('docker', 'a', subids('a:1:1', 'b:1:1'))).faults).toMatchObject([
    { expected: 'an owner who has lines in /etc/subgid' },
  ])
})

test('the owner’s lines have to be given', () => {
  expect(refusal(() => parseContainerMap('docker', 'jonas'))).toMatchObject({
    dialect: 'docker',
    expected: 'the lines of jonas in /etc/subuid and /etc/subgid beside the name',
  })
  expect(refusal(() => parseContainerMap('docker', 'default')).expected).toMatch(/^the lines of dockremap in/)
})

describe('what is written', () => {
  const map = (text: string) => parseContainerMap('lxc', text)

  test('names the owner whose lines make the map', () => {
    expect(formatContainerMap('docker', map('u 0 100000 1000; u 1000 1000 1; g 0 300000 7'), JONAS)).toBe(
      'userns-remap=jonas',
    )
    expect(formatContainerMap('docker', map('b 0 200000 5'), JONAS)).toBe('userns-remap=default')
    expect(formatContainerMap('docker', map('b 0 5 10'), subids('b:5:9\na:5:3\na:8:7'))).toBe('userns-remap=a')
  })

  test('says which lines would do when nobody has them', () => {
    expect(() => formatContainerMap('docker', map('u 0 7 2; u 2 70 1; g 0 7 3'), JONAS)).toThrow(
      "docker can't say this map: it only names an owner of subordinate ids, and none has these; userns-remap=default would say it with 'dockremap:7:2', 'dockremap:70:1' in /etc/subuid and 'dockremap:7:3' in /etc/subgid, and no other lines of dockremap",
    )
    const nobodys = () => formatContainerMap('docker', map('b 0 7 1'))
    expect(nobodys).toThrow(IdMapInexpressibleError)
    expect(nobodys).toThrow(expect.objectContaining({ code: 'IDMAP_INEXPRESSIBLE', blame: 'user', dialect: 'docker' }))
  })

  test('is nothing for root, whom Docker does not remap', () => {
    expect(() => formatContainerMap('docker', map('b 0 5 5'), subids('root:5:5\n0:5:5'))).toThrow(
      IdMapInexpressibleError,
    )
  })

  test.each([
    ['u 1 5 5; g 0 5 5', 'no uid 0 is mapped, but later ones are'],
    ['b 0 5 5; g 6 15 1', 'no gid 5 is mapped, but later ones are'],
    ['b 0 5 5; u 5 20 1; u 7 15 1', 'no uid 6 is mapped, but later ones are'],
    ['u 0 5 5', 'no gid is mapped'],
    ['', 'no uid is mapped'],
  ])('is refused for %j: %s', (text, gap) => {
    expect(() => formatContainerMap('docker', map(text), JONAS)).toThrow(
      `docker can't say this map: it maps container ids from 0 on without a gap, and here ${gap}; fill the gap with host ids of the owner's`,
    )
  })

  test('an owner whose lines make the map of one half only is not named', () => {
    const written = () => formatContainerMap('docker', map('b 0 5 5'), subids('a:5:5\nb:5:5', 'a:6:5\nb:6:5'))
    expect(written).toThrow(IdMapInexpressibleError)
  })

  test('an owner whose lines meet makes no map', () => {
    expect(() => formatContainerMap('docker', map('b 0 5 5'), subids('a:5:5\na:5:5'))).toThrow(IdMapInexpressibleError)
  })
})

describe('a document that is rewritten', () => {
  const map = parseContainerMap('lxc', 'b 0 200000 5')
  const rewrite = (document: string, to = map) => docker.roles.container.rewrite?.(document, to, JONAS)

  test.each([
    [
      '{\n  "debug": true,\n  "userns-remap": "jonas",\n  "n": 12345678901234567890\n}\n',
      '{\n  "debug": true,\n  "userns-remap": "default",\n  "n": 12345678901234567890\n}\n',
    ],
    ['{\n  "debug": true\n}\n', '{\n  "debug": true,\n  "userns-remap": "default"\n}\n'],
    ['dockerd --userns-remap=jonas:staff --debug # ours', 'dockerd --userns-remap=default --debug # ours'],
    ['jonas', 'default'],
    ['', 'userns-remap=default'],
  ])('%j names another owner, and nothing else changes', (document, expected) => {
    expect(rewrite(document)).toBe(expected)
  })

  test('stays byte for byte when it names the owner already', () => {
    for (const document of ['{ "userns-remap": "dockremap:staff" }', '--userns-remap default', 'dockremap'])
      expect(rewrite(document)).toBe(document)
  })

  test('is refused when something is wrong with it', () => {
    expect(() => rewrite('{')).toThrow(IdMapSyntaxError)
  })
})

test('any owner’s lines make a map that names the owner again', () => {
  const ranges = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }).map(counts => {
    let next = 100_000
    return counts.map(count => {
      next += 2000
      return { owner: 'a', from: next, count }
    })
  })
  const shuffled = ranges.chain(lines => fc.shuffledSubarray(lines, { minLength: lines.length }))
  fc.assert(
    fc.property(shuffled, shuffled, (uid, gid) => {
      const context = subids(formatSubids(uid), formatSubids(gid))
      const map = parseContainerMap('docker', 'a', context)
      expect(map.uid.size).toBe(uid.reduce((sum, { count }) => sum + count, 0))
      expect(formatContainerMap('docker', map, context)).toBe('userns-remap=a')
    }),
  )
})
