import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import * as files from '../../../lib/kernel/files.ts'
import { hotplugMount } from '../../../lib/kernel/hotplug.ts'
import { idmapMount } from '../../../lib/kernel/idmapped-mount.ts'
import { mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { CLONE_NEWNS, Task } from '../../../lib/kernel/task.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import { UserNamespaceCache } from '../../../lib/kernel/userns-cache.ts'
import { taskInNamespace } from '../../../lib/kernel/userns-entry.ts'
import { both, mountsBelow, noIdmappedTmpfs, openDescriptors, testUnless } from './native.ts'

const natively = testUnless(noIdmappedTmpfs)
const ROUNDS = process.env.IDMAPLAB_SOAK ? 10_000 : 400
/** A namespace is given back an RCU grace period after its last user has gone (35 ms here), so some wait for that. */
const NAMESPACES_AT_ONCE = process.env.IDMAPLAB_SOAK ? 1000 : 300

const map = both<'disk', 'host'>([0, 100000, 1000])

let directory: DirectoryResult
const at = (name: string) => path.join(directory.path, name)

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  for (const name of ['source', 'target']) fs.mkdirSync(at(name))
  mountFilesystem(here(), { source: 'tmpfs', target: at('source'), type: 'tmpfs' })
})
afterEach(async () => {
  unmount(here(), at('source'), { lazy: true })
  await directory.cleanup()
})

/** All that could be left behind: descriptors, children (zombies are some), mounts, and addresses of this process. */
function belongings() {
  const children = fs.readdirSync('/proc/self/task').map(thread => read(`/proc/self/task/${thread}/children`))
  return {
    descriptors: openDescriptors(),
    children: children.join('').trim(),
    mounts: mountsBelow(directory.path).length,
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

natively(`${ROUNDS} mounts made and undone leave no descriptor, process, zombie or mount behind`, () => {
  using cache = new UserNamespaceCache()
  idmapMount({ source: at('source'), target: at('target'), map, cache }).close()
  const before = belongings()
  for (let round = 0; round < ROUNDS; round++) {
    const fresh = round % 2 === 0 ? {} : { cache }
    idmapMount({ source: at('source'), target: at('target'), map, ...fresh, readOnly: true }).close()
  }
  expect(belongings()).toEqual(before)
})

natively(`${ROUNDS / 20} refused mounts, and as many in running containers, leave nothing either`, () => {
  using box = new Task({ flags: CLONE_NEWNS, name: 'box' })
  const plugged = { pid: box.pid, source: at('source'), target: at('target'), map }
  hotplugMount(plugged).close()
  const before = belongings()
  for (let round = 0; round < ROUNDS / 20; round++) {
    expect(() => idmapMount({ source: at('source'), target: at('absent'), map })).toThrow('ENOENT')
    expect(() => idmapMount({ source: '/proc', target: at('target'), map })).toThrow('does not allow')
    hotplugMount(plugged).close()
  }
  expect(belongings()).toEqual(before)
})

natively(`${ROUNDS} mounts with a namespace each get by with room for ${NAMESPACES_AT_ONCE} namespaces`, () => {
  using parent = createUserNamespace(both<'container', 'host'>([0, 100000, 65536]))
  {
    using root = taskInNamespace(parent, 'root of it')
    files.writeFile(root, '/proc/sys/user/max_user_namespaces', Buffer.from(`${NAMESPACES_AT_ONCE}\n`))
  }
  for (let round = 0; round < ROUNDS; round++) {
    using userns = createUserNamespace(both<'disk', 'container'>([0, 0, 1000]), { parent })
    idmapMount({ source: at('source'), target: at('target'), userns }).close()
  }
})
