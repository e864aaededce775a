import { expect, test } from 'vitest'
import { checkOne } from '../../../lib/check/one-map.ts'
import { lxc } from '../../../lib/syntax/lxc.ts'
import { oci } from '../../../lib/syntax/oci.ts'

const fixes = (text: string) =>
  checkOne({ name: 'a.conf', role: 'container', dialect: 'lxc', reading: lxc.roles.container.read(text) }, {}).map(
    ({ rule, severity, fix }) => [rule, severity, fix],
  )
const groups = '; g 0 1 1'

test('of two extents that meet, the first can end earlier, whichever was written first', () => {
  const fix = 'end 0..9→100000 before the other begins: 0..4→100000'
  expect(fixes(`u 0 100000 10; u 5 200000 10${groups}`)).toEqual([['IDMAP_OVERLAP', 'error', fix]])
  expect(fixes(`u 5 200000 10; u 0 100000 10${groups}`)).toEqual([['IDMAP_OVERLAP', 'error', fix]])
  expect(fixes(`u 0 100 10; u 20 105 10${groups}`)).toEqual([
    ['IDMAP_OVERLAP', 'error', 'end 0..9→100 before the other begins: 0..4→100'],
  ])
})

test('of two that begin together, or one within the other, one has to go', () => {
  const fix = 'take one of them out, or give it ids of its own'
  expect(fixes(`u 0 100 10; u 0 200 5${groups}`)).toEqual([['IDMAP_OVERLAP', 'error', fix]])
  expect(fixes(`u 0 100 10; u 5 200 1${groups}`)).toEqual([['IDMAP_OVERLAP', 'error', fix]])
})

test('a map of too many or too long extents is to be joined', () => {
  const many = (count: number, step: number) =>
    Array.from({ length: count }, (_, index) => `u ${index * step} ${4_000_000_000 + index * 2} 1`).join(';')
  const joined = 'write neighbours that go on in both columns as one extent, or give the container one whole range'
  expect(fixes(`${many(341, 1)}${groups}`)).toContainEqual(['IDMAP_TOO_MANY_EXTENTS', 'error', joined])
  expect(fixes(`${many(300, 1000)}${groups}`)).toEqual([['IDMAP_TOO_LONG', 'error', joined]])
})

test('a text that can’t be read is told how an entry is written', () => {
  expect(fixes(`u 0 1${groups}`)).toEqual([
    ['IDMAP_SYNTAX', 'error', 'an entry is written lxc.idmap = u|g container-id host-id count'],
    expect.arrayContaining(['IDMAP_MISSING_HALF']),
  ])
})

test.each([
  ['lxc', 'error'],
  ['oci', 'error'],
  ['cri', 'error'],
  ['kernel', 'warning'],
  [undefined, 'warning'],
] as const)('a container of %s without groups is a %s', (dialect, severity) => {
  const reading = oci.roles.container.read('{"linux":{"uidMappings":[{"containerID":0,"hostID":1,"size":1}]}}')
  const [finding] = checkOne({ name: 'x', role: 'container', reading, ...(dialect && { dialect }) }, {})
  expect(finding).toMatchObject({ rule: 'IDMAP_MISSING_HALF', severity })
  expect(finding?.message).toMatch(severity === 'error' ? /does not start/ : /every group in the container is 65534/)
})
