import { describe, expect, test } from 'vitest'
import { incusJson } from '../../../lib/syntax/incus-json.ts'
import { DIGITS, entries, pair, said, wrong } from './told.ts'

const container = incusJson.roles.container

const WHOLE =
  '[{"Isuid":true,"Isgid":false,"Hostid":1000000,"Nsid":0,"Maprange":1000000000},{"Isuid":false,"Isgid":true,"Hostid":1000000,"Nsid":0,"Maprange":1000000000}]'

const entry = (isUid: string, isGid: string, rest = '"Hostid":5,"Nsid":6,"Maprange":7') =>
  `[{"Isuid":${isUid},"Isgid":${isGid},${rest}}]`

describe('what is read', () => {
  test('Hostid is the host’s, Nsid the container’s, in whatever order', () => {
    expect(said(container, entry('true', 'false'))).toBe('6..12→5 | (empty)')
    expect(said(container, entry('false', 'true', '"Maprange":7,"Nsid":6,"Hostid":5'))).toBe('(empty) | 6..12→5')
    expect(said(container, entry('true', 'true'))).toBe('6..12→5 | 6..12→5')
  })

  test('what Incus keeps of an unprivileged container', () => {
    expect(said(container, WHOLE)).toBe('0..999999999→1000000 | 0..999999999→1000000')
    expect(entries(container, `\n  ${WHOLE}`)).toEqual([
      '2:4 uid 0 1000000 1000000000',
      '2:81 gid 0 1000000 1000000000',
    ])
  })

  test('a privileged one has none', () => {
    expect(said(container, '[]')).toBe('(empty) | (empty)')
  })

  test('Isuid or Isgid alone is enough', () => {
    expect(said(container, '[{"Isgid":true,"Hostid":1,"Nsid":2,"Maprange":3}]')).toBe('(empty) | 2..4→1')
  })

  test('of a whole configuration what the kernel has comes first, then the next start, then the last', () => {
    const map = (host: number) => entry('true', 'true', `"Hostid":${host},"Nsid":0,"Maprange":1`)
    const last = `  volatile.last_state.idmap: '${map(3)}'\n`
    const next = `  volatile.idmap.next: '${map(2)}'\n`
    const now = `  volatile.idmap.current: '${map(1)}'\n`
    expect(said(container, `config:\n${last}${next}${now}`)).toBe('0→1 | 0→1')
    expect(said(container, `config:\n${last}${next}`)).toBe('0→2 | 0→2')
    expect(said(container, `config:\n${last}x: y`)).toBe('0→3 | 0→3')
    expect(entries(container, `config:\n${last}`)[0]).toBe('2:32 uid 0 3 1')
    expect(entries(container, `volatile.idmap.next: ${map(1)}  `)[0]).toBe('1:23 uid 0 1 1')
  })
})

test.each([
  ['{}', 1, 1, '{}', 'an array'],
  ['[5]', 1, 2, '5', 'an object with "Isuid" or "Isgid" true'],
  ['[{}]', 1, 2, '{}', 'an object with "Isuid" or "Isgid" true'],
  [entry('false', 'false'), 1, 2, entry('false', 'false').slice(1, -1), 'an object with "Isuid" or "Isgid" true'],
  [entry('1', 'true'), 1, 11, '1', 'true or false'],
  [entry('true', 'null'), 1, 24, 'null', 'true or false'],
  [entry('true', 'true', '"Hostid":-5,"Nsid":6,"Maprange":7'), 1, 38, '-5', `a host id ${DIGITS}`],
  [entry('true', 'true', '"Hostid":5,"Nsid":"6","Maprange":7'), 1, 47, '"6"', `a container id ${DIGITS}`],
  [entry('true', 'true', '"Hostid":5,"Nsid":6,"Maprange":1e3'), 1, 60, '1e3', `a count ${DIGITS}`],
  ['  volatile.idmap.next: x', 1, 24, 'x', 'a JSON value'],
])('%j is refused at its place', (text, line, column, found, expected) => {
  expect(wrong(container, text)).toEqual([[line, column, found, expected]])
})

test('a member that is not there is named, and the other entries are read', () => {
  const text = `[{"Isuid":true,"Hostid":1,"Maprange":1},${entry('true', 'true').slice(1)}`
  expect(wrong(container, text)).toEqual([[1, 2, '{"Isuid":true,"Hostid":1,"Maprange":1}', 'a member "Nsid"']])
  expect(entries(container, text)).toHaveLength(2)
})

test('written as Incus does, users first', () => {
  expect(container.format(pair([[0, 1000000, 1000000000]]))).toBe(WHOLE)
  expect(container.format(pair([]))).toBe('[]')
})

test.each([
  [WHOLE, true],
  ['  volatile.idmap.current: x', true],
  ['volatile.idmap.base: "0"', false],
  ['[{"containerID":0}]', false],
])('%j: is it Incus’? %j', (text, is) => {
  expect(incusJson.recognises(text)).toBe(is)
})
