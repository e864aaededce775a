import { describe, expect, test } from 'vitest'
import { encodeAcl } from '../../../lib/kernel/acl.ts'
import { encodeFileCapability } from '../../../lib/kernel/file-capability.ts'
import { LoopLayout } from '../../../lib/kernel/loop.ts'
import { NamespaceIoctl } from '../../../lib/kernel/namespace-ioctl.ts'
import { StatxLayout } from '../../../lib/kernel/statx.ts'
import { outputOfC } from './c-program.ts'

const capability = { effective: false, permitted: 0n, inheritable: 0n } as const
const lengthOf = (version: 1 | 2 | 3) => encodeFileCapability({ version, ...capability }).length
const aclEntry = { tag: 'other', permissions: 0 } as const

/** What the code has, and what C calls it. */
const layouts: Readonly<Record<string, number>> = {
  'sizeof(struct statx)': StatxLayout.bytes,
  'offsetof(struct statx, stx_mask)': StatxLayout.mask,
  'offsetof(struct statx, stx_uid)': StatxLayout.uid,
  'offsetof(struct statx, stx_gid)': StatxLayout.gid,
  'offsetof(struct statx, stx_mode)': StatxLayout.mode,
  'offsetof(struct statx, stx_ino)': StatxLayout.inode,
  'offsetof(struct statx, stx_size)': StatxLayout.size,
  'offsetof(struct statx, stx_dev_major)': StatxLayout.deviceMajor,
  'offsetof(struct statx, stx_dev_minor)': StatxLayout.deviceMinor,
  'offsetof(struct statx, stx_mnt_id)': StatxLayout.mountId,
  'sizeof(struct loop_config)': LoopLayout.configBytes,
  'offsetof(struct loop_config, info.lo_flags)': LoopLayout.flags,
  LOOP_CONFIGURE: LoopLayout.configure,
  LOOP_CTL_GET_FREE: LoopLayout.getFree,
  NS_GET_USERNS: NamespaceIoctl.userNamespace,
  NS_GET_PARENT: NamespaceIoctl.parent,
  NS_GET_NSTYPE: NamespaceIoctl.type,
  NS_GET_OWNER_UID: NamespaceIoctl.ownerUid,
  'sizeof(struct posix_acl_xattr_header)': encodeAcl([]).length,
  'sizeof(struct posix_acl_xattr_entry)': encodeAcl([aclEntry]).length - encodeAcl([]).length,
  XATTR_CAPS_SZ_1: lengthOf(1),
  XATTR_CAPS_SZ_2: lengthOf(2),
  XATTR_CAPS_SZ_3: lengthOf(3),
}

const includes = [
  'stddef',
  'stdio',
  'linux/stat',
  'linux/loop',
  'linux/nsfs',
  'linux/posix_acl_xattr',
  'linux/capability',
]
const said = outputOfC(
  [
    ...includes.map(header => `#include <${header}.h>`),
    'int main(void) {',
    ...Object.keys(layouts).map(name => `printf("%lld\\n", (long long)(${name}));`),
    '}\n',
  ].join('\n'),
)

// The kernel's own headers are the source of every number here; without a compiler the numbers stand as they were read.
const why = said === undefined ? ' (left out: no C compiler, or no kernel headers)' : ''
describe.skipIf(said === undefined)(`against this machine’s headers${why}`, () => {
  test.each(Object.entries(layouts).map(([name, ours], index) => ({ name, ours, theirs: said?.split('\n')[index] })))(
    '$name is $ours',
    ({ ours, theirs }) => {
      expect(ours).toBe(Number(theirs))
    },
  )
})
