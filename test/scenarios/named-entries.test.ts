import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeAcl, encodeAcl } from '../../lib/kernel/acl.ts'
import { aclWith, namedEntriesInWords } from '../../scenarios/kit/named-entries.ts'

test('named entries stand beside what the mode says, in the kernel’s order, under a mask that lets all through', () => {
  expect(aclWith('g:50:rw-,u:1005:r--,u:33:--x', 0o4640)).toEqual([
    { tag: 'user_obj', permissions: 6 },
    { tag: 'user', permissions: 1, id: 33 },
    { tag: 'user', permissions: 4, id: 1005 },
    { tag: 'group_obj', permissions: 4 },
    { tag: 'group', permissions: 6, id: 50 },
    { tag: 'mask', permissions: 7 },
    { tag: 'other', permissions: 0 },
  ])
})

const entry = fc.record({
  kind: fc.constantFrom('u', 'g'),
  id: fc.integer({ min: 0, max: 0xfffffffe }),
  letters: fc.constantFrom('---', 'r--', 'rw-', 'r-x', 'rwx', '-w-', '--x'),
})

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.uniqueArray(entry, { minLength: 1, maxLength: 8, selector: ({ kind, id }) => kind + id }), named => {
      const users = named.filter(({ kind }) => kind === 'u').toSorted((a, b) => a.id - b.id)
      const groups = named.filter(({ kind }) => kind === 'g').toSorted((a, b) => a.id - b.id)
      const text = (list: typeof named) => list.map(({ kind, id, letters }) => `${kind}:${id}:${letters}`).join(',')
      expect(namedEntriesInWords(decodeAcl(encodeAcl(aclWith(text(named), 0o644))))).toBe(text([...users, ...groups]))
    }),
  )
})

test('an id the reader has none for is shown as the kernel has it', () => {
  expect(namedEntriesInWords([{ tag: 'user', permissions: 4, id: undefined }])).toBe('u:4294967295:r--')
})

test.each(['', 'u:1005', 'user:1005:r--', 'u:ada:r--', 'u:1005:r', 'u:-1:r--', 'u:1005:r--,'])(
  '%j is refused',
  text => {
    expect(() => aclWith(text, 0o644)).toThrow('expected named entries of an ACL such as "u:1005:r--,g:50:rwx"')
  },
)
