import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { SyscallError } from '../../../lib/kernel/errno.ts'
import { refusalCauses } from '../../../lib/kernel/refusal-causes.ts'
import { syscallNumbers } from '../../../lib/kernel/syscall-numbers.ts'
import { syscallSince } from '../../../lib/kernel/syscall-since.ts'

const of = (syscall: string, code: keyof typeof constants.errno, ...args: string[]) =>
  new SyscallError({ syscall, errno: constants.errno[code], args })

test('a call the kernel does not know comes with the version that brought it', () => {
  expect(of('open_tree_attr', 'ENOSYS', '/mnt').message).toBe(
    'open_tree_attr(/mnt) was refused with ENOSYS: open_tree_attr(2) came with Linux 6.15; or a seccomp filter hides it',
  )
  expect(of('mount_setattr', 'ENOSYS').message).toContain('mount_setattr(2) came with Linux 5.12')
  expect(of('mount', 'ENOSYS').message).toContain('this kernel was built without mount(2)')
})

test('every call of the generic table has a version, since it came after 4.9', () => {
  const young = Object.entries(syscallNumbers).filter(([, number]) => number >= 424)
  for (const [name] of young) expect([name, syscallSince(name)]).toEqual([name, expect.stringMatching(/^[5-7]\.\d+$/)])
})

test('one errno has other causes from another call, and from another use of the same call', () => {
  const sentences = (...args: Parameters<typeof refusalCauses>) =>
    refusalCauses(...args).map(({ sentence }) => sentence)
  const idmap = sentences('mount_setattr', 'EPERM', ['fd 5', 'MOUNT_ATTR_IDMAP|readOnly'])
  const plain = sentences('mount_setattr', 'EPERM', ['fd 5', 'readOnly'])
  expect(idmap[0]).toBe('the mount is idmapped already')
  expect(plain).toHaveLength(1)
  expect(plain[0]).toContain('an attribute is locked')
  expect(sentences('fsconfig', 'EPERM', ['fd 5', 'FSCONFIG_CMD_CREATE'])[0]).toContain('FS_USERNS_MOUNT')
  expect(sentences('fsconfig', 'EPERM', ['fd 5', 'size', '"1m"'])).toEqual([])
})

test('each cause says where it is known from', () => {
  const causes = refusalCauses('mount_setattr', 'EINVAL', ['MOUNT_ATTR_IDMAP'])
  expect(causes.length).toBeGreaterThan(4)
  for (const { sentence, source } of causes) {
    expect(sentence).toMatch(/^[a-zA-Z]/)
    expect(source).toMatch(/\(2\)|\(\)|\(7\)/)
  }
})
