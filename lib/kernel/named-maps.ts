import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { requireBothHalves } from '../idmap/mount-check.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import { formatKernelMap } from '../syntax/kernel.ts'
import { here } from './caller.ts'
import { throughNode } from './errno.ts'
import { withFileLock } from './file-lock.ts'
import { forMounting } from './map-source.ts'
import { bindMount, unmount } from './mount.ts'
import { NamedMapError } from './named-maps-error.ts'
import { namespaceType } from './namespace-ioctl.ts'
import { CLONE_NEWUSER } from './task.ts'
import { createUserNamespace, UserNamespace } from './userns.ts'

/** Where the maps of this machine are, unless one says otherwise. */
export const NAMED_MAPS_DIRECTORY = '/run/idmaplab/maps'

const LOCK = '.lock'
const LOCK_LIMIT_MS = 10_000
const HASH_DIGITS = 12
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/
const ENTRY = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})-([0-9a-f]{12})$/

/** A map that has a name. */
export type NamedMap = {
  readonly name: string
  /** The first 12 hex digits of the SHA-256 of both halves as the kernel's files have them. */
  readonly hash: string
  /** The file its user namespace is pinned to: whatever takes the path of a user namespace takes it. */
  readonly path: string
}

/**
 * Maps by name, for everybody on the machine: the user namespace of each is pinned by a bind mount of its nsfs file at
 * `DIRECTORY/NAME-HASH`. It outlives who made it, is opened by `open(2)` without any privilege, and is gone when it is
 * removed or the machine restarts.
 *
 * What changes the registry does so under a lock (flock(2) on `DIRECTORY/.lock`), which ends with its owner. An entry
 * is an empty file until the one call that mounts the namespace on it: a creator killed in between leaves a file that
 * no reader takes for an entry, and that the next change sweeps away. Needs CAP_SYS_ADMIN to change, and to read maps.
 */
export class NamedMaps {
  readonly directory: string

  constructor(directory: string = NAMED_MAPS_DIRECTORY) {
    this.directory = path.resolve(directory)
  }

  /** Gives a map a name. One that has the name and the same map already is left as it is; another map is refused with `NAMED_MAP_EXISTS`, one without uids or gids with an `IdMapError`. */
  async add(name: string, map: IdMapPair<'disk', 'host'>): Promise<NamedMap> {
    const file = `${checked(name)}-${hashOf(map)}`
    requireBothHalves(map)
    throughNode([this.directory], () => fs.mkdirSync(this.directory, { recursive: true, mode: 0o755 }))
    return this.#change(() => {
      const [present] = this.#named(name)
      if (present === undefined) this.#pin(file, map)
      else if (path.basename(present.path) !== file) throw new NamedMapError('NAMED_MAP_EXISTS', existsAlready(present))
      return entryOf(this.directory, file)
    })
  }

  /** The maps there are, by name. Without a lock: one that is being made is there or not. */
  list(): readonly NamedMap[] {
    return this.#files()
      .filter(file => ENTRY.test(file) && isPinned(path.join(this.directory, file)))
      .map(file => entryOf(this.directory, file))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Where the map of this name is; `NAMED_MAP_UNKNOWN` if there is none. */
  find(name: string): NamedMap {
    const [found] = this.#named(checked(name))
    if (found === undefined) throw new NamedMapError('NAMED_MAP_UNKNOWN', unknown(name, this))
    return found
  }

  /** Its user namespace, which is the caller's to close; the registry keeps its own hold. */
  open(name: string): UserNamespace {
    return UserNamespace.open(this.find(name).path)
  }

  /** The map itself, read back from the kernel and held against the hash in its file's name: `NAMED_MAP_FORGED` if it is another. */
  read(name: string): IdMapPair<'disk', 'host'> {
    const { path: file, hash } = this.find(name)
    using namespace = UserNamespace.open(file)
    const map = namespace.maps<'disk'>()
    if (hashOf(map) === hash) return map
    throw new NamedMapError(
      'NAMED_MAP_FORGED',
      `${file} holds another map than its name says: remove it and add it again`,
    )
  }

  /** Takes the name away. Mounts made with it stay, and so does the namespace while somebody holds it open. */
  async remove(name: string): Promise<void> {
    this.find(name)
    await this.#change(() => {
      for (const { path: file } of this.#named(name)) {
        // More than once where somebody mounted over it.
        while (isPinned(file)) unmount(here(), file, { lazy: true })
        throughNode([file], () => fs.unlinkSync(file))
      }
    })
  }

  #change<T>(work: () => T): Promise<T> {
    return withFileLock(path.join(this.directory, LOCK), LOCK_LIMIT_MS, () => {
      this.#sweep()
      return work()
    })
  }

  // What a killed creator or remover left: files of the right form with nothing mounted on them.
  #sweep(): void {
    for (const file of this.#files().filter(name => ENTRY.test(name))) {
      const whole = path.join(this.directory, file)
      if (!isPinned(whole)) fs.rmSync(whole, { force: true })
    }
  }

  #named(name: string): readonly NamedMap[] {
    return this.list().filter(entry => entry.name === name)
  }

  #pin(file: string, map: IdMapPair<'disk', 'host'>): void {
    using namespace = forMounting(() => createUserNamespace(map))
    const whole = path.join(this.directory, file)
    throughNode([whole], () => fs.writeFileSync(whole, '', { flag: 'wx', mode: 0o444 }))
    try {
      bindMount(here(), `/proc/self/fd/${namespace.fd}`, whole)
    } catch (error) {
      fs.rmSync(whole, { force: true })
      throw error
    }
  }

  #files(): readonly string[] {
    if (!fs.existsSync(this.directory)) return []
    return throughNode([this.directory], () => fs.readdirSync(this.directory))
  }
}

function checked(name: string): string {
  if (NAME.test(name)) return name
  const form = 'a name has up to 64 letters, digits, ".", "_" and "-", and begins with a letter or digit'
  throw new NamedMapError('NAMED_MAP_BAD_NAME', `${JSON.stringify(name)} cannot be the name of a map: ${form}`)
}

function hashOf({ uid, gid }: IdMapPair<'disk', 'host'>): string {
  const text = `${formatKernelMap(uid)}\n${formatKernelMap(gid)}`
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)
}

function entryOf(directory: string, file: string): NamedMap {
  const [, name = '', hash = ''] = ENTRY.exec(file) ?? []
  return { name, hash, path: path.join(directory, file) }
}

// The file that a namespace is mounted on can be opened by anybody, and then is the namespace.
function isPinned(file: string): boolean {
  let fd: number
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  } catch {
    return false
  }
  try {
    return namespaceType(here(), fd) === CLONE_NEWUSER
  } finally {
    fs.closeSync(fd)
  }
}

function existsAlready({ name, path: file }: NamedMap): string {
  return `there is a map ${name} already, and it is another one (${file}): remove it first, or choose another name`
}

function unknown(name: string, maps: NamedMaps): string {
  const names = maps.list().map(entry => entry.name)
  return `there is no map ${name} in ${maps.directory}; there are: ${names.join(', ') || 'none'}`
}
