import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import koffi from 'koffi'
import { dir as temporaryDirectory } from 'tmp-promise'
import { pairOf } from '../../../lib/idmap/pair.ts'
import { here } from '../../../lib/kernel/caller.ts'
import { idmapMount } from '../../../lib/kernel/idmapped-mount.ts'
import { mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import { UserNamespaceCache } from '../../../lib/kernel/userns-cache.ts'
import { median, table } from '../measure.ts'

const TURNS = 5000
const WARM_UP = TURNS / 10
const extents = [{ from: 0, to: 100000, count: 65536 }]
const map = pairOf<'disk', 'host'>({ uid: extents, gid: extents })

type Place = { readonly directory: string; readonly source: string; readonly target: string }
/** `once` makes one mount and undoes it, and gives the microseconds; it is asked in one turn of `every`. */
type Contender = { readonly name: string; readonly every: number; readonly once: () => number }

/** One idmapped mount of a tmpfs, made and undone: by the library, by C, and by spawning a command. Needs root. */
async function run(): Promise<void> {
  const place = await temporaryDirectory({ unsafeCleanup: true })
  const [source, target] = ['source', 'target'].map(name => path.join(place.path, name)) as [string, string]
  for (const directory of [source, target]) fs.mkdirSync(directory)
  mountFilesystem(here(), { source: 'tmpfs', target: source, type: 'tmpfs' })
  using cache = new UserNamespaceCache()
  using userns = createUserNamespace(map)
  try {
    const stage = { directory: place.path, source, target }
    const ours = [cached(stage, cache), fresh(stage)]
    report(race([...inC(stage, userns.fd), ...ours]))
    // Apart: a race in which commands are started leaves the other CPU awake, and umount2(2), which waits for it, takes half as long.
    report(race([cached(stage, cache), spawned(stage, userns.fd)]))
  } finally {
    unmount(here(), source, { lazy: true })
    await place.cleanup()
  }
}

/**
 * In turns, a mount each, so that a slow moment of the machine is everybody's: umount2(2) waits for the other CPUs (RCU),
 * and so takes 2 µs or 25, as they are idle or not.
 */
function race(contenders: readonly Contender[]): ReadonlyMap<string, number> {
  const figures = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  for (let turn = -WARM_UP; turn < TURNS; turn++)
    for (const { name, every, once } of contenders) {
      if (turn % every !== 0) continue
      const figure = once()
      if (turn >= 0) figures.get(name)?.push(figure)
    }
  return new Map([...figures].map(([name, all]) => [name, median(all)]))
}

function report(medians: ReadonlyMap<string, number>): void {
  const [first = Number.NaN] = medians.values()
  const rows = [...medians].map(([name, figure]) => [name, `${figure.toFixed(1)} µs`, (figure / first).toFixed(2)])
  process.stdout.write(`${table([['one idmapped mount, made and undone', 'median', 'ratio'], ...rows])}\n`)
}

function cached({ source, target }: Place, cache: UserNamespaceCache): Contender {
  const act = () => idmapMount({ source, target, map, cache }).close()
  return { name: 'idmapMount, namespace from the cache', every: 1, once: () => microseconds(act) }
}

function fresh({ source, target }: Place): Contender {
  const act = () => idmapMount({ source, target, map }).close()
  return { name: 'idmapMount, a namespace of its own', every: 10, once: () => microseconds(act) }
}

/** In this very process: another one has fewer threads and descriptors, and its mounts cost less for that alone. */
function inC({ directory, source, target }: Place, userns: number): readonly Contender[] {
  const library = path.join(directory, 'loop.so')
  try {
    execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, fileURLToPath(new URL('loop.c', import.meta.url))])
  } catch {
    process.stdout.write('There is no C compiler here, so nothing is compared with C.\n')
    return []
  }
  const once = koffi.load(library).func('int64 once(const char *, const char *, int)')
  return [{ name: 'the same system calls in C', every: 1, once: () => Number(once(source, target, userns)) / 1000 }]
}

/** The best command there is for it; where there is none, the two commands any of them would still have to spawn. */
function spawned(place: Place, userns: number): Contender {
  const { source, target } = place
  const undo = ['umount', target]
  if (isThere('mount-idmapped'))
    return spawning('mount-idmapped and umount', [
      ['mount-idmapped', '--map-mount=b:0:100000:65536', source, target],
      undo,
    ])
  if (mountKnowsIdmap()) {
    const options = `bind,X-mount.idmap=/proc/${process.pid}/fd/${userns}`
    return spawning('mount -o X-mount.idmap and umount', [['mount', '-o', options, source, target], undo])
  }
  process.stdout.write(
    'Neither mount-idmapped nor util-linux 2.39 is here; mount --bind, which maps nothing, stands in as a floor.\n',
  )
  return spawning('mount --bind and umount (no map)', [['mount', '--bind', source, target], undo])
}

function spawning(name: string, commands: readonly (readonly string[])[]): Contender {
  const act = () => {
    for (const [command = '', ...args] of commands) execFileSync(command, args)
  }
  return { name, every: 100, once: () => microseconds(act) }
}

function mountKnowsIdmap(): boolean {
  const [, major = '0', minor = '0'] =
    /util-linux (\d+)\.(\d+)/.exec(String(execFileSync('mount', ['--version']))) ?? []
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 39)
}

function isThere(command: string): boolean {
  return (process.env.PATH ?? '').split(':').some(directory => fs.existsSync(path.join(directory, command)))
}

function microseconds(act: () => void): number {
  const start = performance.now()
  act()
  return (performance.now() - start) * 1000
}

await run()
