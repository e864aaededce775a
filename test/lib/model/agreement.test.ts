import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseKernelVersion } from '../../../lib/idmap/kernel-version.ts'
import { agreement } from '../../../lib/model/agreement.ts'

const at = (text: string) => parseKernelVersion(text)
const since = { since: at('5.12') }

test('what is there since its version, and not before, is as the table says', () => {
  expect(agreement(true, since, at('5.12'))).toBe('agrees')
  expect(agreement(true, since, at('6.1.0-50-amd64'))).toBe('agrees')
  expect(agreement(false, since, at('5.11.22'))).toBe('agrees')
})

test('what is there earlier was taken over, what is not there any more is missing', () => {
  expect(agreement(true, since, at('5.11.22'))).toBe('earlier')
  expect(agreement(true, { since: undefined }, at('7.3'))).toBe('earlier')
  expect(agreement(false, since, at('5.12'))).toBe('missing')
})

test('what left the tree is in the last line that has it, whatever the patch level', () => {
  const bcachefs = { since: at('6.12'), until: at('6.17') }
  expect(agreement(true, bcachefs, at('6.17.13'))).toBe('agrees')
  expect(agreement(false, bcachefs, at('6.18'))).toBe('agrees')
  expect(agreement(true, bcachefs, at('6.18'))).toBe('earlier')
})

test('of the two answers to a question just one agrees', () => {
  const version = fc.record({ major: fc.integer({ min: 5, max: 7 }), minor: fc.nat(20), patch: fc.nat(200) })
  fc.assert(
    fc.property(version, fc.option(version, { nil: undefined }), (kernel, first) => {
      const answers = [true, false].map(found => agreement(found, { since: first }, kernel))
      expect(answers.filter(answer => answer === 'agrees')).toHaveLength(1)
    }),
  )
})
