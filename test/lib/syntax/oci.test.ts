import { describe, expect, test } from 'vitest'
import { oci } from '../../../lib/syntax/oci.ts'
import { DIGITS, entries, inexpressible, pair, said, wrong } from './told.ts'

const { container, mount } = oci.roles

const mapping = (from: number | string, to: number | string, size: number | string = 1) =>
  `{"containerID":${from},"hostID":${to},"size":${size}}`
const lists = (uid: string, gid = uid) => `"uidMappings":[${uid}],"gidMappings":[${gid}]`

// The form of `runc spec --rootless` and of the specification's examples, with a number no double holds.
const CONFIG = `{
  "ociVersion": "1.2.0",
  "process": { "user": { "uid": 0, "gid": 0 } },
  "mounts": [
    { "destination": "/proc", "type": "proc", "source": "proc" },
    {
      "destination": "/data",
      "source": "/srv/data",
      "options": ["rbind", "idmap"],
      "uidMappings": [
        { "containerID": 0, "hostID": 1000, "size": 10 },
        { "containerID": 10, "hostID": 3000, "size": 5 }
      ],
      "gidMappings": [{ "containerID": 0, "hostID": 2000, "size": 10 }]
    },
    {
      "destination": "/home",
      "options": ["rbind", "ridmap"]
    }
  ],
  "linux": {
    "resources": { "memory": { "limit": 9223372036854775807 } },
    "uidMappings": [
      {
        "hostID": 1000,
        "containerID": 0,
        "size": 32000
      }
    ],
    "gidMappings": [
      {
        "hostID": 2000,
        "containerID": 0,
        "size": 32000
      }
    ],
    "namespaces": [{ "type": "user" }]
  }
}
`

describe('a container', () => {
  test('containerID is the container’s, hostID the host’s', () => {
    expect(said(container, `{${lists(mapping(1005, 2005))}}`)).toBe('1005→2005 | 1005→2005')
  })

  test.each([
    ['a whole config.json', CONFIG],
    ['its linux object', CONFIG.slice(CONFIG.indexOf('{\n    "resources"'), CONFIG.lastIndexOf('\n}'))],
    ['the lists cut out of it', `${lists(mapping(0, 1000, 32000), mapping(0, 2000, 32000))},\n`],
  ])('%s', (_, text) => {
    expect(said(container, text)).toBe('0..31999→1000 | 0..31999→2000')
  })

  test('one list alone is for both halves', () => {
    expect(entries(container, `\n [${mapping(1, 2, 3)}]`)).toEqual(['2:3 uid 1 2 3', '2:3 gid 1 2 3'])
  })

  test('a list that is not there, or null, maps nothing', () => {
    expect(said(container, `{"uidMappings":[${mapping(1, 2)}],"gidMappings":null}`)).toBe('1→2 | (empty)')
    expect(said(container, `{"gidMappings":[${mapping(1, 2)}]}`)).toBe('(empty) | 1→2')
    expect(said(container, `{${lists('')}}`)).toBe('(empty) | (empty)')
  })

  test.each([
    ['', 1, 1, '', 'a JSON value'],
    ['7', 1, 1, '7', 'an object or an array'],
    ['{"linux":{}}', 1, 10, '{}', '"uidMappings" and "gidMappings"'],
    ['{"linux":5}', 1, 1, '{"linux":5}', '"uidMappings" and "gidMappings"'],
    ['{"uidMappings":{}}', 1, 16, '{}', 'an array'],
    ['[5]', 1, 2, '5', 'an object'],
    ['[{"hostID":1,"size":1}]', 1, 2, '{"hostID":1,"size":1}', 'a member "containerID"'],
    ['[{"containerID":1,"size":1}]', 1, 2, '{"containerID":1,"size":1}', 'a member "hostID"'],
    ['[{"containerID":1,"hostID":1}]', 1, 2, '{"containerID":1,"hostID":1}', 'a member "size"'],
    [`[${mapping('"0"', 1)}]`, 1, 17, '"0"', `a container id ${DIGITS}`],
    [`[${mapping(0, -1)}]`, 1, 28, '-1', `a host id ${DIGITS}`],
    [`[${mapping(0, 1, '1.0')}]`, 1, 37, '1.0', `a count ${DIGITS}`],
    ['{"linux":{},"linux":{}}', 1, 13, '"linux"', 'one member "linux"'],
    [`[{"size":1,"size":2,"containerID":1,"hostID":1}]`, 1, 12, '"size"', 'one member "size"'],
  ])('%j is refused at its place', (text, line, column, found, expected) => {
    expect(wrong(container, text)).toEqual([[line, column, found, expected]])
  })

  test('every wrong element is told', () => {
    const text = `{${lists(`${mapping('x', 1)},5`.replace('x', 'true'), '6')}}`
    expect(wrong(container, text).map(([, , found]) => found)).toEqual(['true', '5', '6'])
  })

  test('written as the two lists', () => {
    expect(JSON.parse(container.format(pair([[0, 1, 2]], [])))).toEqual({
      uidMappings: [{ containerID: 0, hostID: 1, size: 2 }],
      gidMappings: [],
    })
    expect(container.format(pair([]))).toBe('{\n  "uidMappings": [],\n  "gidMappings": []\n}\n')
  })
})

describe('a container in its document', () => {
  test('a map that is there already changes nothing', () => {
    expect(container.rewrite?.(CONFIG, pair([[0, 1000, 32000]], [[0, 2000, 32000]]))).toBe(CONFIG)
  })

  test('new elements look like the old ones, and nothing else changes', () => {
    const changed = container.rewrite?.(
      CONFIG,
      pair(
        [
          [0, 1000, 32000],
          [40000, 5, 1],
        ],
        [[0, 7, 9]],
      ),
    )
    expect(changed).toBe(
      CONFIG.replace(
        '        "hostID": 1000,\n        "containerID": 0,\n        "size": 32000\n      }\n',
        '        "hostID": 1000,\n        "containerID": 0,\n        "size": 32000\n      },\n      {\n        "hostID": 5,\n        "containerID": 40000,\n        "size": 1\n      }\n',
      ).replace(
        '"hostID": 2000,\n        "containerID": 0,\n        "size": 32000',
        '"hostID": 7,\n        "containerID": 0,\n        "size": 9',
      ),
    )
  })

  test('elements that stay keep their own look, whatever the others have', () => {
    const first = '{ "size": 1, "hostID": 2, "containerID": 1, "note": "mine" }'
    const second = mapping(5, 6)
    const list = (...items: string[]) => `{"linux":{"uidMappings":[ ${items.join(' , ')} ],"gidMappings":[ ]}}`
    const rewrite = (...rows: [number, number, number][]) =>
      container.rewrite?.(list(first, second, mapping(7, 7)), pair(rows, []))
    expect(rewrite([1, 2, 1], [5, 6, 1])).toBe(list(first, second))
    expect(rewrite([5, 6, 1])).toBe(list(second))
    expect(rewrite([5, 6, 1], [8, 9, 3])).toBe(
      list(second, '{ "size": 3, "hostID": 9, "containerID": 8, "note": "mine" }'),
    )
    expect(rewrite()).toBe('{"linux":{"uidMappings":[],"gidMappings":[ ]}}')
  })

  test('on one line new elements have blanks between them where the old ones have blanks inside', () => {
    const compact = `{"uidMappings":[${mapping(1, 2)}],"gidMappings":[]}`
    expect(
      container.rewrite?.(
        compact,
        pair(
          [
            [1, 2, 1],
            [5, 6, 1],
          ],
          [],
        ),
      ),
    ).toBe(compact.replace(']', `,${mapping(5, 6)}]`))
  })

  test('a list that becomes empty stays there', () => {
    expect(container.rewrite?.(`{${lists(mapping(1, 2))}}`, pair([[1, 2, 1]], []))).toBe(
      `{"uidMappings":[${mapping(1, 2)}],"gidMappings":[]}`,
    )
    expect(container.rewrite?.(`{${lists('')}}`, pair([]))).toBe(`{${lists('')}}`)
  })

  test('lists and objects that are not there are made', () => {
    const map = pair<'container', 'host'>([[1, 2, 3]])
    const list = [{ containerID: 1, hostID: 2, size: 3 }]
    const both = { uidMappings: list, gidMappings: list }
    expect(container.rewrite?.('{"a":1}', map)).toBe(`{"a":1, "linux": ${JSON.stringify(both)}}`)
    expect(container.rewrite?.('{}', map)).toBe(`{"linux": ${JSON.stringify(both)}}`)
    expect(container.rewrite?.('{"linux":{}}', map)).toBe(
      `{"linux":{"uidMappings": ${JSON.stringify(list)}, "gidMappings": ${JSON.stringify(list)}}}`,
    )
    expect(container.rewrite?.('{\n\t"linux": {\n\t\t"x": 1\n\t}\n}', map)).toBe(
      JSON.stringify({ linux: { x: 1, ...both } }, null, '\t'),
    )
  })

  test('what can’t be read is not written over', () => {
    expect(() => container.rewrite?.('[]', pair([]))).toThrow('expected an object')
    expect(() => container.rewrite?.('{"linux":{"uidMappings":[7]}}', pair([]))).toThrow('expected an object')
    expect(() => container.rewrite?.('{', pair([]))).toThrow('line 1, column 2: expected a string')
  })
})

describe('a mount', () => {
  test('containerID is the disk’s, hostID what the host sees', () => {
    expect(said(mount, `{${lists(mapping(1005, 2005))}}`)).toBe('1005→2005 | 1005→2005')
    expect(wrong(mount, `[${mapping('"0"', 1)}]`)).toEqual([[1, 17, '"0"', `a disk id ${DIGITS}`]])
  })

  test('the target chooses among several', () => {
    expect(oci.targets(CONFIG)).toEqual(['/data', '/home'])
    expect(said(mount, CONFIG, { target: '/data' })).toBe('0..9→1000, 10..14→3000 | 0..9→2000')
    expect(wrong(mount, CONFIG)).toEqual([
      [16, 5, '/data, /home', 'one mount with a map; give the target of the one that is meant'],
    ])
    expect(wrong(mount, CONFIG, { target: '/proc' })).toEqual([[6, 5, '/data, /home', 'a mount with a map at /proc']])
  })

  test('with the option and no lists it is the container’s own map', () => {
    expect(said(mount, CONFIG, { target: '/home' })).toBe('0..31999→1000 | 0..31999→2000')
    expect(wrong(mount, '{"mounts":[{"destination":"/a","options":["idmap"]}],"linux":{}}')).toEqual([
      [
        1,
        12,
        '{"destination":"/a","options":["idmap"]}',
        '"uidMappings" and "gidMappings", or the option idmap and a map of the container\'s',
      ],
    ])
  })

  test('the only one with a map needs no target', () => {
    const text = `{"mounts":[{"destination":"/a"},{"options":["bind",5],${lists(mapping(1, 2))}},7]}`
    expect(said(mount, text)).toBe('1→2 | 1→2')
    expect(said(mount, text, { target: '/x' })).toBe('1→2 | 1→2')
    expect(oci.targets(text)).toEqual([])
  })

  test('no map anywhere, or half a one, is a fault', () => {
    const none = '{"mounts":[{"destination":"/a"}]}'
    expect(wrong(mount, none)).toEqual([[1, 11, '[{"destination":"/a"}]', 'a mount with a map']])
    expect(wrong(mount, none, { target: '/a' })).toEqual([
      [
        1,
        12,
        '{"destination":"/a"}',
        '"uidMappings" and "gidMappings", or the option idmap and a map of the container\'s',
      ],
    ])
    expect(wrong(mount, '{"mounts":[]}', { target: '/a' })).toEqual([[1, 11, '[]', 'a mount with a map']])
    const half = `{"uidMappings":[${mapping(1, 2)}]}`
    expect(wrong(mount, half)).toEqual([[1, 1, half, '"uidMappings" and "gidMappings" together']])
    expect(wrong(mount, half.replace('uid', 'gid'))[0]?.[3]).toBe('"uidMappings" and "gidMappings" together')
    expect(wrong(mount, '5')).toEqual([[1, 1, '5', 'an object or an array']])
  })

  test('what is no JSON, or no document, has no mounts', () => {
    expect(oci.targets('{')).toEqual([])
    expect(oci.targets('[]')).toEqual([])
    expect(oci.targets('{"mounts":5}')).toEqual([])
  })

  test('half a map can’t be written', () => {
    const reason =
      'oci: a mount needs both "uidMappings" and "gidMappings", and one of them would be empty; map at least one uid and one gid'
    expect(inexpressible(() => mount.format(pair([[1, 2, 3]], [])))).toBe(reason)
    expect(inexpressible(() => mount.format(pair([], [[1, 2, 3]])))).toBe(reason)
    expect(inexpressible(() => mount.rewrite?.(CONFIG, pair([]), { target: '/data' }))).toBe(reason)
    expect(JSON.parse(mount.format(pair([[1, 2, 3]])))).toEqual({
      uidMappings: [{ containerID: 1, hostID: 2, size: 3 }],
      gidMappings: [{ containerID: 1, hostID: 2, size: 3 }],
    })
  })
})

describe('a mount in its document', () => {
  test('only its lists change, and of these only what has to', () => {
    const map = pair<'disk', 'host'>(
      [
        [0, 1000, 10],
        [20, 4000, 1],
      ],
      [[0, 2000, 10]],
    )
    expect(mount.rewrite?.(CONFIG, map, { target: '/data' })).toBe(
      CONFIG.replace('"containerID": 10, "hostID": 3000, "size": 5', '"containerID": 20, "hostID": 4000, "size": 1'),
    )
    expect(mount.rewrite?.(CONFIG, pair([[10, 3000, 5]], [[0, 2000, 10]]), { target: '/data' })).toBe(
      CONFIG.replace('        { "containerID": 0, "hostID": 1000, "size": 10 },\n', ''),
    )
  })

  test('a second element in a list of one goes on its line', () => {
    const map = pair<'disk', 'host'>(
      [
        [0, 1000, 10],
        [10, 3000, 5],
      ],
      [
        [0, 2000, 10],
        [50, 60, 1],
      ],
    )
    expect(mount.rewrite?.(CONFIG, map, { target: '/data' })).toBe(
      CONFIG.replace(
        '"hostID": 2000, "size": 10 }]',
        '"hostID": 2000, "size": 10 }, { "containerID": 50, "hostID": 60, "size": 1 }]',
      ),
    )
  })

  test('a mount that took the container’s map gets lists of its own', () => {
    const changed = mount.rewrite?.(CONFIG, pair([[1, 2, 3]]), { target: '/home' }) ?? ''
    expect(said(mount, changed, { target: '/home' })).toBe('1..3→2 | 1..3→2')
    expect(changed).toContain(
      '"options": ["rbind", "ridmap"],\n      "uidMappings": [\n        {\n          "containerID": 1,\n',
    )
  })

  test('without the option idmap older runtimes would pass over the lists: it is added', () => {
    const map = pair<'disk', 'host'>([[1, 2, 1]])
    const at = `{"mounts":[{"destination":"/a","options":["bind"],${lists(mapping(1, 2))}}]}`
    expect(mount.rewrite?.(at, map)).toBe(at.replace('"bind"', '"bind", "idmap"'))
    const none = `{${lists(mapping(1, 2))}}`
    expect(mount.rewrite?.(none, map)).toBe(none.replace(/\}$/, ', "options": ["idmap"]}'))
  })
})

test.each([
  [CONFIG, true],
  [`[${mapping(0, 1)}]`, true],
  ['"gidMappings": [{"containerID": 5', true],
  ['{"hostId":1,"containerId":1}', false],
  ['containerID "containerID"', false],
])('%j: is it OCI’s? %j', (text, is) => {
  expect(oci.recognises(text)).toBe(is)
})
