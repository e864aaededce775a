import { expect, test } from 'vitest'
import { formatKernelVersion } from '../../../lib/idmap/kernel-version.ts'
import { type KernelIdentity, upstreamVersion } from '../../../lib/model/upstream-version.ts'

function told(release: string, build = '#1 SMP PREEMPT_DYNAMIC', signature?: string): string | undefined {
  const identity: KernelIdentity = { release, build, ...(signature === undefined ? {} : { signature }) }
  const version = upstreamVersion(identity)
  return version && formatKernelVersion(version)
}

test.each([
  ['6.1.0-50-cloud-amd64', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-01)', '6.1.176'],
  ['5.10.0-32-cloud-amd64', '#1 SMP Debian 5.10.223-1 (2024-08-10)', '5.10.223'],
  ['6.16.3+deb13-cloud-amd64', '#1 SMP PREEMPT_DYNAMIC Debian 6.16.3-1~bpo13+1 (2025-09-18)', '6.16.3'],
  ['6.6-amd64', '#1 SMP Debian 6.6-1~exp1 (2023-10-30)', '6.6'],
])('Debian’s %s is of the version its package has', (release, build, version) => {
  expect(told(release, build)).toBe(version)
})

test('Ubuntu’s kernels say of which version they are in a file of their own', () => {
  expect(told('6.8.0-45-generic', '#45-Ubuntu SMP', 'Ubuntu 6.8.0-45.45-generic 6.8.12\n')).toBe('6.8.12')
})

test.each([
  ['6.12.43', '6.12.43'],
  ['6.12.43-mine', '6.12.43'],
  ['6.16.5-200.fc42.x86_64', '6.16.5'],
  ['6.17.0', '6.17'],
])('%s is a release with a name of somebody’s own', (release, version) => {
  expect(told(release)).toBe(version)
})

test.each([
  ['5.14.0-503.11.1.el9_5.x86_64'],
  ['6.12.5-1.el10.x86_64'],
  ['6.4.0-150600.23-default'],
  ['6.8.0-45-generic'],
  ['6.17.0-rc4'],
  ['6.16.0-00123-gabcdef012345'],
  ['6.16.3+'],
  ['something else'],
  [''],
])('of %j nobody can tell the upstream version', release => {
  expect(told(release)).toBeUndefined()
})

test('a release candidate of Debian’s is between two releases', () => {
  expect(told('7.3-rc7-cloud-amd64', '#1 SMP Debian 7.3~rc7-1~exp1 (2026-10-01)')).toBeUndefined()
})
