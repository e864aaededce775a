// Runs in a guest: makes a vfat stick, an ext4 disk and a container, looks at them, and prints what was found; for looking.test.ts.
import fs from 'node:fs'
import { writeAcl } from '../../../lib/kernel/acl.ts'
import { here } from '../../../lib/kernel/caller.ts'
import { inspectPath, type PathInspection } from '../../../lib/kernel/inspect/inspect.ts'
import { inspectProcess } from '../../../lib/kernel/inspect/process.ts'
import { NamedMaps } from '../../../lib/kernel/named-maps.ts'
import { probe } from '../../../lib/kernel/probe/probe.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import { both } from '../../lib/kernel/checks/stage.ts'
import { TestBed } from '../../lib/kernel/looking.ts'

const map = both<'disk', 'host'>([0, 100000, 2000])
using bed = new TestBed()
using box = new Task({ flags: CLONE_NEWUSER | CLONE_NEWNS })
writeIdMaps(box.pid, both<'container', 'host'>([0, 100000, 65536]))

process.stdout.write(
  JSON.stringify({ stick: stick(), disk: await disk(), lonely: lonely(), process: levels(), probe: probe() }),
)

/** A file of a USB stick through an idmapped mount, the stick itself being mounted elsewhere without a map. */
function stick(): Shown {
  const plain = bed.mount('stick', 'vfat', { source: device('vfat'), options: 'uid=1000,gid=100,umask=022' })
  bed.file(plain, 'photo.txt', 1000, 100)
  return shown(inspectPath(`${bed.idmapped(plain, 'photos', map)}/photo.txt`, { pid: box.pid }))
}

/** An ext4 file with an ACL, through a map that has a name and is not the container's. */
async function disk(): Promise<Shown> {
  const plain = bed.mount('disk', 'ext4', { source: device('ext4') })
  const file = bed.file(plain, 'letter', 1005, 5)
  writeAcl(here(), file, 'access', [
    { tag: 'user_obj', permissions: 6 },
    { tag: 'user', permissions: 4, id: 33 },
    { tag: 'user', permissions: 4, id: 3000 },
    { tag: 'group_obj', permissions: 4 },
    { tag: 'mask', permissions: 4 },
    { tag: 'other', permissions: 0 },
  ])
  await new NamedMaps().add('two-thousand', map)
  await new NamedMaps().add('another', both<'disk', 'host'>([0, 300000, 2000]))
  return shown(inspectPath(`${bed.idmapped(plain, 'letters', map)}/letter`, { pid: box.pid }))
}

/** The same file system with no mount left that has no map. */
function lonely(): Shown {
  bed.unmount(bed.at('disk'))
  return shown(inspectPath(`${bed.at('letters')}/letter`, { pid: box.pid }))
}

function device(serial: string): string {
  const serialOf = (name: string) => {
    const file = `/sys/block/${name}/serial`
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : undefined
  }
  return `/dev/${fs.readdirSync('/sys/block').find(name => serialOf(name) === serial)}`
}

function levels() {
  return inspectProcess(box.pid).levels.length
}

type Shown = Pick<PathInspection, 'ids' | 'notes'> & {
  readonly map: string | undefined
  readonly superblock: string
  readonly mounts: number
}

function shown({ ids, notes, mount, superblock }: PathInspection): Shown {
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length
  return { ids, notes, map: mount?.map.state, superblock: superblock.state, mounts }
}
