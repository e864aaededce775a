import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { here } from '../../../../lib/kernel/caller.ts'
import { changeRoot } from '../../../../lib/kernel/credentials.ts'
import * as files from '../../../../lib/kernel/files.ts'
import { hotplugMount } from '../../../../lib/kernel/hotplug.ts'
import { idmapMount, replaceIdmap } from '../../../../lib/kernel/idmapped-mount.ts'
import { bindMount, mountFilesystem, unmount } from '../../../../lib/kernel/mount.ts'
import { setMountAttributes } from '../../../../lib/kernel/mount-attributes.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../../lib/kernel/task.ts'
import { createUserNamespace } from '../../../../lib/kernel/userns.ts'
import { UserNamespaceCache } from '../../../../lib/kernel/userns-cache.ts'
import { writeIdMaps } from '../../../../lib/kernel/userns-maps.ts'
import { both, type Check, map, mountsOn, refusalOf, type Stage } from './stage.ts'

const seen = ({ target, file }: Stage) => fs.statSync(path.join(target, file.name)).uid
const expected = ({ file }: Stage, pair = map) => pair.uid.lookup(file.uid)

/** A container that is one by its mounts alone; what is mounted in it stays in it. */
function boxOfMounts(): Task {
  const box = new Task({ flags: CLONE_NEWNS, name: 'box' })
  setMountAttributes(box, '/', { propagation: 'private' }, { recursive: true })
  return box
}

/** What idmapped mounts do when all is well. */
export const mounting: readonly Check[] = [
  {
    sentence: 'shows each id as its map says, and is gone when it is closed',
    run: stage => {
      const mount = idmapMount({ source: stage.source, target: stage.target, map })
      assert.equal(seen(stage), expected(stage))
      assert.equal(mount.info().type, stage.type)
      assert.ok(mount.info().idmapped)
      mount.close()
      mount.close()
      assert.deepEqual(mountsOn(stage), [])
      assert.equal(refusalOf(() => mount.info()).code, 'MOUNT_GONE')
    },
  },
  {
    sentence: 'has every attribute asked for from its first moment',
    run: stage => {
      using mount = idmapMount({
        ...{ source: stage.source, target: stage.target, map, propagation: 'private' },
        ...{ readOnly: true, nosuid: true, nodev: true, noexec: true, nosymfollow: true },
        ...{ nodiratime: true, accessTime: 'noatime' },
      })
      const { options } = mount.info()
      const wanted = ['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'nosymfollow', 'idmapped']
      assert.deepEqual([...options].sort(), wanted.sort())
    },
  },
  {
    sentence: 'takes a relative source and target, and follows a symbolic link of either',
    run: stage => {
      const before = process.cwd()
      fs.symlinkSync('target', path.join(stage.directory, 'link'))
      process.chdir(stage.directory)
      try {
        const mount = idmapMount({ source: 'source', target: 'link', map })
        assert.equal(mount.target, path.join(process.cwd(), 'link'))
        assert.equal(mount.info().mountPoint, fs.realpathSync(stage.target))
        process.chdir('/')
        mount.close()
        assert.deepEqual(mountsOn(stage), [])
      } finally {
        process.chdir(before)
        fs.unlinkSync(path.join(stage.directory, 'link'))
      }
    },
  },
  {
    sentence: 'of a single file lies over a single file',
    run: stage => {
      const target = path.join(stage.directory, 'plain-file')
      using _mount = idmapMount({ source: path.join(stage.source, stage.file.name), target, map })
      assert.equal(fs.statSync(target).uid, expected(stage))
      assert.equal(fs.readFileSync(target, 'utf8'), 'seven')
    },
  },
  {
    sentence: 'shows the mounts below only when it is recursive, and takes them along when it goes',
    run: stage => {
      const below = path.join(stage.source, 'below')
      bindMount(here(), stage.source, below)
      try {
        {
          using _flat = idmapMount({ source: stage.source, target: stage.target, map })
          assert.ok(!fs.existsSync(path.join(stage.target, 'below', stage.file.name)))
        }
        using _deep = idmapMount({ source: stage.source, target: stage.target, map, recursive: true })
        assert.equal(fs.statSync(path.join(stage.target, 'below', stage.file.name)).uid, expected(stage))
      } finally {
        unmount(here(), below)
      }
      assert.deepEqual(mountsOn(stage), [])
    },
  },
  {
    sentence: 'keeps its own mounts to itself, and gets those of the source, unless it is asked for otherwise',
    run: stage => {
      const [ours, theirs] = [stage.target, stage.source].map(place => path.join(place, 'below')) as [string, string]
      const shows = (place: string) => fs.existsSync(path.join(place, stage.file.name))
      using _mount = idmapMount({ source: stage.source, target: stage.target, map })
      bindMount(here(), stage.source, ours)
      assert.ok(!shows(theirs))
      unmount(here(), ours)
      bindMount(here(), stage.source, theirs)
      assert.ok(shows(ours))
      unmount(here(), theirs)
      assert.ok(!shows(ours))
    },
  },
  {
    sentence: 'is not made at all when one mount below the source allows no map, and says which',
    run: stage => {
      const below = path.join(stage.source, 'below')
      mountFilesystem(here(), { source: 'proc', target: below, type: 'proc' })
      try {
        const refused = refusalOf(() =>
          idmapMount({ source: stage.source, target: stage.target, map, recursive: true }),
        )
        assert.equal(refused.code, 'FILESYSTEM_NOT_IDMAPPABLE')
        assert.ok(refused.message.includes(`the proc at ${fs.realpathSync(below)} does not allow`), refused.message)
        assert.deepEqual(
          mountsOn(stage).filter(point => point !== fs.realpathSync(below)),
          [],
        )
      } finally {
        unmount(here(), below)
      }
    },
  },
  {
    sentence: 'does not unmount what somebody mounted over it',
    run: stage => {
      const mount = idmapMount({ source: stage.source, target: stage.target, map })
      bindMount(here(), stage.source, stage.target)
      assert.equal(refusalOf(() => mount.close()).code, 'MOUNT_GONE')
      unmount(here(), stage.target)
      mount.close()
    },
  },
  {
    sentence: 'takes its map from a cache, which makes one namespace for many',
    run: stage => {
      using cache = new UserNamespaceCache()
      for (let i = 0; i < 3; i++) {
        using _mount = idmapMount({ source: stage.source, target: stage.target, map, cache })
        assert.equal(seen(stage), expected(stage))
      }
      assert.equal(cache.size, 1)
    },
  },
  {
    sentence: 'takes its map from a user namespace held open, a descriptor or a path',
    run: stage => {
      using userns = createUserNamespace(map)
      for (const given of [userns, userns.fd, `/proc/self/fd/${userns.fd}`]) {
        using _mount = idmapMount({ source: stage.source, target: stage.target, userns: given })
        assert.equal(seen(stage), expected(stage))
      }
    },
  },
  {
    sentence: 'that is passed through shows a container the ids on the disk',
    run: stage => {
      using box = new Task({ flags: CLONE_NEWUSER, name: 'box' })
      writeIdMaps(box.pid, both<'container', 'host'>([0, 300000, 65536]))
      using _mount = idmapMount({ source: stage.source, target: stage.target, passthrough: box.pid })
      assert.equal(files.stat(box, path.join(stage.target, stage.file.name)).uid, stage.file.uid)
      assert.equal(seen(stage), 300000 + stage.file.uid)
    },
  },
  {
    sentence: 'is plugged into a running container and taken out again; nothing shows outside',
    run: stage => {
      using box = new Task({ flags: CLONE_NEWUSER | CLONE_NEWNS, name: 'box' })
      writeIdMaps(box.pid, both<'container', 'host'>([0, 300000, 65536]))
      const mount = hotplugMount({ pid: box.pid, passthrough: box.pid, source: stage.source, target: stage.target })
      assert.equal(files.stat(box, path.join(stage.target, stage.file.name)).uid, stage.file.uid)
      assert.deepEqual(mountsOn(stage), [])
      mount.close()
      assert.equal(refusalOf(() => files.stat(box, path.join(stage.target, stage.file.name))).code, 'ENOENT')
    },
  },
  {
    sentence: 'is plugged in with the mounts below it, and taken out with them',
    run: stage => {
      const below = path.join(stage.source, 'below')
      bindMount(here(), stage.source, below)
      using box = boxOfMounts()
      try {
        const mount = hotplugMount({ pid: box.pid, map, source: stage.source, target: stage.target, recursive: true })
        const copy = path.join(stage.target, 'below', stage.file.name)
        assert.equal(files.stat(box, copy).uid, expected(stage))
        mount.close()
        assert.equal(refusalOf(() => files.stat(box, copy)).code, 'ENOENT')
        assert.ok(fs.existsSync(path.join(below, stage.file.name)))
      } finally {
        unmount(here(), below)
      }
    },
  },
  {
    sentence: 'is plugged in at a path of the container’s own root directory, whose links lead nowhere else',
    run: stage => {
      const root = path.join(stage.directory, 'rootfs')
      fs.mkdirSync(path.join(root, 'mnt'), { recursive: true })
      fs.symlinkSync('/mnt', path.join(root, 'link'))
      using box = boxOfMounts()
      files.makeDirectory(box, path.join(root, 'inside'))
      bindMount(box, root, root)
      changeRoot(box, root)
      using _mount = hotplugMount({ pid: box.pid, map, source: stage.source, target: '/link' })
      assert.equal(files.stat(box, `/mnt/${stage.file.name}`).uid, expected(stage))
    },
  },
  {
    sentence: 'that was plugged into a container which has ended needs no taking out',
    run: stage => {
      const box = boxOfMounts()
      const mount = hotplugMount({ pid: box.pid, map, source: stage.source, target: stage.target })
      box.close()
      mount.close()
      assert.deepEqual(mountsOn(stage), [])
    },
  },
  {
    sentence: 'is given another map where it is, by a kernel that can; another kernel says so, and nothing changes',
    run: stage => {
      const other = both<'disk', 'host'>([0, 400000, 5000])
      const first = idmapMount({ source: stage.source, target: stage.target, map, nosuid: true })
      try {
        const second = replaceIdmap(stage.target, { map: other })
        assert.equal(seen(stage), expected(stage, other))
        assert.ok(second.info().options.includes('nosuid'))
        assert.equal(refusalOf(() => first.close()).code, 'MOUNT_GONE')
        second.close()
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'KERNEL_TOO_OLD', String(error))
        assert.equal(seen(stage), expected(stage))
        first.close()
      }
      assert.deepEqual(mountsOn(stage), [])
    },
  },
  {
    sentence: 'is given no other map where nothing is mounted: NOT_A_MOUNT, by a kernel that can',
    run: stage => {
      const plain = path.join(stage.source, 'plain')
      fs.mkdirSync(plain)
      const before = fs.readFileSync('/proc/self/mountinfo', 'utf8').includes(plain)
      const { code = '' } = refusalOf(() => replaceIdmap(plain, { map }))
      assert.ok(['NOT_A_MOUNT', 'KERNEL_TOO_OLD'].includes(code), code)
      assert.deepEqual([before, fs.readFileSync('/proc/self/mountinfo', 'utf8').includes(plain)], [false, false])
      fs.rmdirSync(plain)
    },
  },
  {
    sentence: 'is given another map together with the mounts below it, by a kernel that can',
    run: stage => {
      const other = both<'disk', 'host'>([0, 400000, 5000])
      const below = path.join(stage.source, 'below')
      bindMount(here(), stage.source, below)
      const request = { source: stage.source, target: stage.target, map, recursive: true }
      const first = idmapMount({ ...request, propagation: 'private' })
      // Now its copy will be its peer.
      setMountAttributes(here(), stage.target, { propagation: 'shared' }, { recursive: true })
      const copy = path.join(stage.target, 'below', stage.file.name)
      try {
        using _second = replaceIdmap(stage.target, { map: other }, { recursive: true })
        assert.equal(fs.statSync(copy).uid, expected(stage, other))
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'KERNEL_TOO_OLD', String(error))
        assert.equal(fs.statSync(copy).uid, expected(stage))
        first.close()
      } finally {
        unmount(here(), below)
      }
      assert.deepEqual(mountsOn(stage), [])
    },
  },
]
