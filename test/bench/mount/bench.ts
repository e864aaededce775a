import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { dir as temporaryDirectory } from 'tmp-promise'
import { pairOf } from '../../../lib/idmap/pair.ts'
import { here } from '../../../lib/kernel/caller.ts'
import { idmapMount } from '../../../lib/kernel/idmapped-mount.ts'
import { mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { createUserNamespace } from '../../../lib/kernel/userns.ts'
import { UserNamespaceCache } from '../../../lib/kernel/userns-cache.ts'
import { median, table } from '../measure.ts'

const ROUNDS = 15
const BATCH = 300
const SPAWNS = 3
const extents = [{ from: 0, to: 100000, count: 65536 }]
const map = pairOf<'disk', 'host'>({ uid: extents, gid: extents })

type Place = { readonly directory: string; readonly source: string; readonly target: string }
/** Gives the microseconds of one mount, made and undone. */
type Contender = { readonly name: string; readonly round: () => number }

/** One idmapped mount of a tmpfs, made and undone: by the library, by C, and by spawning a command. Needs root. */
export async function bench(): Promise<void> {
  const place = await temporaryDirectory({ unsafeCleanup: true })
  const [source, target] = ['source', 'target'].map(name => path.join(place.path, name)) as [string, string]
  for (const directory of [source, target]) fs.mkdirSync(directory)
  mountFilesystem(here(), { source: 'tmpfs', target: source, type: 'tmpfs' })
  using cache = new UserNamespaceCache()
  using userns = createUserNamespace(map)
  try {
    const stage = { directory: place.path, source, target }
    const pinned = `/proc/${process.pid}/fd/${userns.fd}`
    report(race([cached(stage, cache), fresh(stage), ...inC(stage, pinned), spawned(stage, pinned)]))
  } finally {
    unmount(here(), source, { lazy: true })
    await place.cleanup()
  }
}

/** In turns, so that a slow moment of the machine is everybody's; the round before the first warms up. */
function race(contenders: readonly Contender[]): ReadonlyMap<string, number> {
  const figures = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  for (let round = -1; round < ROUNDS; round++)
    for (const contender of contenders) {
      const figure = contender.round()
      if (round >= 0) figures.get(contender.name)?.push(figure)
    }
  return new Map([...figures].map(([name, all]) => [name, median(all)]))
}

function report(medians: ReadonlyMap<string, number>): void {
  const [first = Number.NaN] = medians.values()
  const rows = [...medians].map(([name, figure]) => [name, `${figure.toFixed(1)} µs`, (figure / first).toFixed(2)])
  process.stdout.write(`${table([['one idmapped mount, made and undone', 'median', 'ratio'], ...rows])}\n`)
}

function cached({ source, target }: Place, cache: UserNamespaceCache): Contender {
  return library('idmapMount, namespace from the cache', BATCH, () =>
    idmapMount({ source, target, map, cache }).close(),
  )
}

function fresh({ source, target }: Place): Contender {
  return library('idmapMount, a namespace of its own', BATCH / 10, () => idmapMount({ source, target, map }).close())
}

function library(name: string, times: number, act: () => void): Contender {
  return { name, round: () => median(Array.from({ length: times }, () => microseconds(act))) }
}

function inC({ directory, source, target }: Place, userns: string): readonly Contender[] {
  const program = path.join(directory, 'loop')
  try {
    execFileSync('cc', ['-O2', '-o', program, fileURLToPath(new URL('loop.c', import.meta.url))])
  } catch {
    process.stdout.write('There is no C compiler here, so nothing is compared with C.\n')
    return []
  }
  const round = () => Number(execFileSync(program, [source, target, userns, String(BATCH)])) / 1000
  return [{ name: 'the same system calls in C', round }]
}

/** The best command there is for it; where there is none, the two commands any of them would still have to spawn. */
function spawned(place: Place, userns: string): Contender {
  const { source, target } = place
  const undo = ['umount', target]
  if (isThere('mount-idmapped'))
    return spawning('mount-idmapped and umount', [
      ['mount-idmapped', '--map-mount=b:0:100000:65536', source, target],
      undo,
    ])
  if (mountKnowsIdmap()) {
    const options = `bind,X-mount.idmap=${userns}`
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
  return { name, round: () => median(Array.from({ length: SPAWNS }, () => microseconds(act))) }
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
