import { describe, expect, test } from 'vitest'
import { CAPABILITY_DATA_BYTES, CAPABILITY_HEADER_BYTES } from '../../../lib/kernel/capability-sets.ts'
import { MOUNT_ATTR_BYTES, MountAttr, MountAttrLayout } from '../../../lib/kernel/mount-attributes.ts'
import { syscallNumbers } from '../../../lib/kernel/syscall-numbers.ts'
import { outputOfC } from './c-program.ts'

const ATTRIBUTES = {
  readOnly: 'RDONLY',
  nosuid: 'NOSUID',
  nodev: 'NODEV',
  noexec: 'NOEXEC',
  nodiratime: 'NODIRATIME',
  nosymfollow: 'NOSYMFOLLOW',
} as const

// include/uapi/linux/mount.h and capability.h of Linux 6.12, for machines without a compiler.
test('the structures are as long as the kernel’s headers have them', () => {
  expect([MOUNT_ATTR_BYTES, CAPABILITY_HEADER_BYTES, CAPABILITY_DATA_BYTES]).toEqual([32, 8, 2 * 12])
  expect(MountAttrLayout).toEqual({ set: 0, clear: 8, propagation: 16, userNamespace: 24 })
})

const fromHeaders = numbersOf(
  ['linux/mount.h', 'linux/capability.h', 'stddef.h'],
  [
    ...['sizeof(struct mount_attr)', 'MOUNT_ATTR_SIZE_VER0'],
    ...['sizeof(struct __user_cap_header_struct)', '2 * sizeof(struct __user_cap_data_struct)'],
    ...['attr_set', 'attr_clr', 'propagation', 'userns_fd'].map(field => `offsetof(struct mount_attr, ${field})`),
    ...Object.values(ATTRIBUTES).map(name => `MOUNT_ATTR_${name}`),
  ],
)
describe.skipIf(fromHeaders === undefined)(leftOut('against this machine’s headers', fromHeaders), () => {
  test('sizes, offsets and bits are the compiler’s', () => {
    const { set, clear, propagation, userNamespace } = MountAttrLayout
    const bits = (Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[]).map(name => Number(MountAttr[name]))
    expect(fromHeaders).toEqual([
      ...[MOUNT_ATTR_BYTES, MOUNT_ATTR_BYTES, CAPABILITY_HEADER_BYTES, CAPABILITY_DATA_BYTES],
      ...[set, clear, propagation, userNamespace],
      ...bits,
    ])
  })
})

const names = Object.keys(syscallNumbers)
const known = outputOfC(
  `#include <stdio.h>\n#include <sys/syscall.h>\nint main(void) {\n${names.map(numberOf).join('\n')}\n}\n`,
)
describe.skipIf(known === undefined || process.arch !== 'x64')(leftOut('against this machine’s headers', known), () => {
  test('each system call has its number; calls younger than the headers are passed over', () => {
    const numbers = Object.fromEntries(
      (known ?? '')
        .trim()
        .split('\n')
        .map(line => line.split(' ')),
    )
    expect(Object.keys(numbers).length).toBeGreaterThan(40)
    for (const [name, number] of Object.entries(numbers))
      expect([name, syscallNumbers[name as keyof typeof syscallNumbers]]).toEqual([name, Number(number)])
  })
})

function numberOf(name: string): string {
  return `#ifdef SYS_${name}\nprintf("${name} %d\\n", SYS_${name});\n#endif`
}

function numbersOf(headers: readonly string[], expressions: readonly string[]): number[] | undefined {
  const includes = ['stdio.h', ...headers].map(header => `#include <${header}>`).join('\n')
  const prints = expressions.map(expression => `printf("%lld\\n", (long long)(${expression}));`).join('\n')
  return outputOfC(`${includes}\nint main(void) {\n${prints}\n}\n`)?.trim().split('\n').map(Number)
}

function leftOut(title: string, result: unknown): string {
  return result === undefined ? `${title} (left out: no C compiler, or older headers)` : title
}
