import { expect, test } from 'vitest'
import {
  compareKernelVersions,
  formatKernelVersion,
  KernelVersionError,
  parseKernelVersion,
} from '../../../lib/idmap/kernel-version.ts'

test.each([
  ['6.12', { major: 6, minor: 12, patch: 0 }],
  ['6.12.107+deb13-cloud-amd64', { major: 6, minor: 12, patch: 107 }],
  ['5.10.0-21-amd64', { major: 5, minor: 10, patch: 0 }],
  ['v6.9-rc1', { major: 6, minor: 9, patch: 0 }],
  ['10.0', { major: 10, minor: 0, patch: 0 }],
  ['4.14.336', { major: 4, minor: 14, patch: 336 }],
])('%s is read', (text, version) => {
  expect(parseKernelVersion(text)).toEqual(version)
})

test.each(['', '6', 'six', '6.', '.12', 'x6.12', '-6.12', '6.12345678', '6.1.1234567', '6.1.2.3', '６.１２', '\n6.1'])(
  '%j is refused',
  text => {
    expect(() => parseKernelVersion(text)).toThrow(KernelVersionError)
  },
)

test('what was found is shown, and not more than 40 characters of it', () => {
  const error = (text: string) => {
    try {
      parseKernelVersion(text)
    } catch (thrown) {
      if (thrown instanceof KernelVersionError) return thrown
    }
    throw new Error('the version was accepted')
  }
  expect(error('bookworm')).toMatchObject({
    code: 'KERNEL_VERSION',
    blame: 'user',
    message: 'expected a kernel version such as 6.12 or 6.1.0-21-amd64, found "bookworm"',
  })
  expect(error('x'.repeat(41)).message).toContain(`found "${'x'.repeat(40)}…"`)
  expect(error('x'.repeat(40)).message).toContain(`found "${'x'.repeat(40)}"`)
})

test('versions are ordered by number, not by letter', () => {
  const order = ['4.9', '4.14.336', '4.15', '5.2', '5.10', '6.1.9', '6.1.10', '6.12']
  expect(order.map(parseKernelVersion).reverse().sort(compareKernelVersions).map(formatKernelVersion)).toEqual(order)
  expect(compareKernelVersions({ major: 6, minor: 1 }, { major: 6, minor: 1, patch: 0 })).toBe(0)
  expect(compareKernelVersions({ major: 6, minor: 1, patch: 0 }, { major: 6, minor: 1 })).toBe(0)
})
