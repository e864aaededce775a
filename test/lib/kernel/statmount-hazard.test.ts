import { expect, test } from 'vitest'
import { whyMapsMustNotBeAsked } from '../../../lib/kernel/statmount-hazard.ts'

const KNOWS_MAPS = 0x7fffn

test.each(['6.15.0', '6.16.12+deb14-amd64', '6.17.9', '6.17'])(
  'the map of a mount is not asked for on %s: the kernel would oops',
  release => {
    expect(whyMapsMustNotBeAsked(release, KNOWS_MAPS)).toMatch(/6\.15 to 6\.17\.9 kills/)
  },
)

test.each(['6.17.10', '6.18.44-fc', '7.0.13', '10.0'])('it is on %s', release => {
  expect(whyMapsMustNotBeAsked(release, KNOWS_MAPS)).toBeUndefined()
})

test('a kernel that took the call over into an older version is not trusted to have mended it', () => {
  for (const release of ['6.12.0-124.el10.x86_64', 'mine'])
    expect(whyMapsMustNotBeAsked(release, KNOWS_MAPS)).toMatch(/cannot be known/)
})

test.each([
  ['6.12.107+deb13-cloud-amd64', 0n],
  ['6.18.0', 0x0fffn],
])('a kernel that does not say it knows maps is not asked (%s)', (release, mask) => {
  expect(whyMapsMustNotBeAsked(release, mask)).toMatch(/since Linux 6\.15/)
})
