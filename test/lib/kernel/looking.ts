import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { IdMapPair } from '../../../lib/idmap/pair.ts'
import { here } from '../../../lib/kernel/caller.ts'
import { attachLoopDevice } from '../../../lib/kernel/loop.ts'
import { attach, closeFd, mountFilesystem, openDetachedCopy, setIdmap, unmount } from '../../../lib/kernel/mount.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'

/** A directory with an ext4 of its own at `disk`, and what a test mounts beside it; all gone when it is closed. */
export class TestBed implements Disposable {
  // Not of tmp-promise: this runs in guests too, as one bundled file.
  readonly #directory = fs.mkdtempSync(path.join(os.tmpdir(), 'looking-'))
  #mounts: readonly string[] = []

  constructor() {
    fs.chmodSync(this.#directory, 0o755)
  }

  at(name: string): string {
    return path.join(this.#directory, name)
  }

  /** An empty ext4 on a loop device, at `name`. */
  ext4(name: string): string {
    const image = this.at(`${name}.img`)
    fs.writeFileSync(image, '')
    fs.truncateSync(image, 8 * 2 ** 20)
    spawnSync('mkfs.ext4', ['-q', '-F', image], { env: toolEnvironment() })
    const fd = fs.openSync(image, 'r+')
    const loop = attachLoopDevice(here(), fd)
    fs.closeSync(fd)
    try {
      return this.mount(name, 'ext4', { source: loop.path })
    } finally {
      closeFd(here(), loop.fd)
    }
  }

  mount(name: string, type: string, { source = type, options = '' } = {}): string {
    const target = this.#place(name)
    mountFilesystem(here(), { source, target, type, options })
    this.#mounts = [...this.#mounts, target]
    return target
  }

  /** `source` again at `name`, with this map. */
  idmapped(source: string, name: string, map: IdMapPair<'disk', 'host'>): string {
    const target = this.#place(name)
    using namespace = createUserNamespace(map)
    const copy = openDetachedCopy(here(), source)
    setIdmap(here(), copy, namespace.fd)
    attach(here(), copy, target)
    closeFd(here(), copy)
    this.#mounts = [...this.#mounts, target]
    return target
  }

  unmount(target: string): void {
    unmount(here(), target)
    this.#mounts = this.#mounts.filter(mount => mount !== target)
  }

  /** A file with this owner. */
  file(place: string, name: string, uid = 0, gid = uid): string {
    const file = path.join(place, name)
    fs.writeFileSync(file, '')
    fs.chownSync(file, uid, gid)
    return file
  }

  [Symbol.dispose](): void {
    for (const mount of this.#mounts.toReversed()) unmount(here(), mount, { lazy: true })
    fs.rmSync(this.#directory, { recursive: true })
  }

  #place(name: string): string {
    const place = this.at(name)
    fs.mkdirSync(place, { recursive: true })
    return place
  }
}

/** The processes that this one started and that have not been reaped. */
export function children(): string[] {
  const pids = fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.filter(pid => parentOf(pid) === process.pid)
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\t(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

/** Why this process can make no ext4 on a loop device; `undefined` when it can. */
export const noLoopDevices = whyNoLoop()

function whyNoLoop(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root'
  const tool = spawnSync('mkfs.ext4', ['-V'], { env: toolEnvironment() })
  if (tool.error !== undefined) return 'needs mkfs.ext4'
  return fs.existsSync('/dev/loop-control') ? undefined : 'needs loop devices'
}

function toolEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
}
