import { expect, test } from 'vitest'
import { endOf } from '../../../lib/idmap/extent.ts'
import { NEVER_GIVEN, RESERVATIONS, reservedRanges } from '../../../lib/ranges/reservations.ts'

test('the ranges are those systemd publishes, last ids included', () => {
  expect(RESERVATIONS.map(range => [range.name, range.from, endOf(range) - 1])).toEqual([
    ['homed', 60_001, 60_513],
    ['nspawn-users', 60_514, 60_577],
    ['greeter', 60_578, 60_705],
    ['dynamic', 61_184, 65_519],
    ['nspawn', 524_288, 1_879_048_191],
    ['foreign', 2_147_352_576, 2_147_418_111],
  ])
})

test('each says where it is written', () => {
  for (const { source } of [...NEVER_GIVEN, ...RESERVATIONS]) expect(source).toMatch(/^https:/)
})

test('one that is allowed by name does not count', () => {
  const names = reservedRanges(RESERVATIONS, ['nspawn', 'homed']).map(({ holder }) => 'name' in holder && holder.name)
  expect(names).toEqual(['nspawn-users', 'greeter', 'dynamic', 'foreign'])
})
