import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { setGracefulCleanup, dir as temporaryDirectory } from 'tmp-promise'
import { HarnessError } from '../harness-error.ts'
import { damage, writeChecksums } from './checksums.ts'
import { aboutFile } from './contents.ts'
import { removeWhenWeEnd } from './janitor.ts'
import { keptDirectory } from './kept-directory.ts'
import { withLock } from './lock.ts'
import { makeDirectory } from './make-directory.ts'
import { owner } from './owner.ts'
import { withRoom } from './space.ts'
import { sweep, sweepDead } from './sweep.ts'
import { noteUse, USES } from './uses.ts'

/** The only directory that is written outside a checkout. Several processes may use one at the same time. */
export type Cache = {
  readonly dir: string
  /** The directory of an entry that is complete and, where it is checked, intact; or `undefined`. */
  find(kind: string, key: string, check?: Check): Promise<string | undefined>
  /** The directory of an entry; if there is none, `make` fills an empty directory that then becomes it. Entries never change: everything that decides the content belongs in `key`. */
  entry(kind: string, key: string, make: (dir: string) => Promise<void>, options?: EntryOptions): Promise<string>
  /** Notes that this process uses what is at `kind/key`, which then stays; {@link find} and {@link entry} do so themselves. */
  use(kind: string, key: string): void
  /** Runs `work` alone of all processes that use this cache and this name. */
  exclusive<T>(name: string, work: () => Promise<T>, say?: (detail: string) => void): Promise<T>
  /** A directory for one run, removed on dispose or when the process ends, even by SIGKILL; after a power cut by a run a week later. */
  temporary(): Promise<TemporaryDirectory>
  /** A new directory for the logs of one run, kept until 20 newer ones exist. */
  logs(): Promise<string>
}

/** Which files of an entry must be as they were made: they are read once a process. An entry that is damaged is not there. */
type Check = {
  readonly check: readonly string[]
  /** Is told, once, what is damaged. */
  readonly note: (line: string) => void
}

type EntryOptions = Partial<Check> & {
  /** For messages: `the guest's root image`. */
  readonly what?: string
  /** About how many bytes making it takes, checked before `make` is called. */
  readonly bytes?: number
  readonly say?: (detail: string) => void
}

type TemporaryDirectory = AsyncDisposable & { readonly path: string }

/** Opens the cache, creating it if needed: `dir`, else `$IDMAPLAB_CACHE`, else `$XDG_CACHE_HOME/idmaplab`, else `~/.cache/idmaplab`. */
export async function openCache(dir: string = cacheDirectory(process.env)): Promise<Cache> {
  const root = resolve(dir)
  await makeUsable(root)
  for (const part of ['tmp', USES]) await sweepDead(join(root, part))
  return {
    dir: root,
    find: (kind, key, check = { check: [], note: () => {} }) => {
      noteUse(root, `${kind}/${key}`)
      return findIntact(join(root, kind, key), check)
    },
    use: (kind, key) => noteUse(root, `${kind}/${key}`),
    entry: (kind, key, make, options = {}) => entry(root, kind, key, make, options),
    exclusive: (name, work, say) => exclusive(root, name, work, say),
    temporary: () => withRoom(root, 'a temporary directory', undefined, () => temporary(root)),
    logs: () => withRoom(root, 'the logs', undefined, () => keptDirectory(join(root, 'logs'))),
  }
}

/** Where the cache is, from the environment alone. The XDG specification has a relative `XDG_CACHE_HOME` ignored. */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const { IDMAPLAB_CACHE, XDG_CACHE_HOME } = environment
  if (IDMAPLAB_CACHE) return resolve(IDMAPLAB_CACHE)
  return join(XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'idmaplab')
}

async function makeUsable(root: string): Promise<void> {
  try {
    for (const part of ['tmp', 'locks', 'logs', USES]) {
      await makeDirectory(join(root, part))
      await access(join(root, part), constants.R_OK | constants.W_OK | constants.X_OK)
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC'
    throw new HarnessError(
      full ? 'DISK_FULL' : 'CACHE_UNUSABLE',
      `The cache ${root} cannot be used: ${why}; set IDMAPLAB_CACHE to a directory that can be written.`,
      { cause },
    )
  }
}

async function find(path: string): Promise<string | undefined> {
  return stat(path).then(
    () => path,
    () => undefined,
  )
}

async function findIntact(path: string, { check = [], note = () => {} }: Partial<Check>): Promise<string | undefined> {
  if (!(await find(path))) return undefined
  const wrong = check.length === 0 ? undefined : await damage(path, check)
  if (wrong === undefined) return path
  if (!told.has(path)) note(`Damaged in the cache, so it is not used but made again: ${path} (${wrong}).`)
  told.add(path)
  return undefined
}

const told = new Set<string>()

/** Takes away, at once for all, what is damaged; whoever still has its files open keeps them. */
async function discard(root: string, path: string, name: string): Promise<void> {
  told.delete(path)
  const away = join(root, 'tmp', `${name}.damaged.${owner()}`)
  await rename(path, away).catch(() => {})
  await rm(away, { recursive: true, force: true, maxRetries: 3 })
}

async function entry(
  root: string,
  kind: string,
  key: string,
  make: (dir: string) => Promise<void>,
  options: EntryOptions,
): Promise<string> {
  const path = join(root, kind, key)
  noteUse(root, `${kind}/${key}`)
  if (await findIntact(path, options)) return path
  const name = `${kind}.${key}`
  const work = async (): Promise<string> => {
    if (await findIntact(path, options)) return path
    await discard(root, path, name)
    await makeEntry(root, path, name, make, options)
    if (options.what !== undefined) await noteWhat(aboutFile(root, kind, key), options.what)
    return path
  }
  return withRoom(root, options.what ?? name, undefined, () => exclusive(root, name, work, options.say))
}

async function noteWhat(file: string, what: string): Promise<void> {
  await makeDirectory(dirname(file))
  await writeFile(file, `${what}\n`)
}

/** Called with the entry's lock held, so whatever an earlier make of it left behind belongs to nobody. */
async function makeEntry(
  root: string,
  path: string,
  name: string,
  make: (dir: string) => Promise<void>,
  { what = name, bytes, check }: EntryOptions,
): Promise<void> {
  const half = join(root, 'tmp', `${name}.${owner()}`)
  await sweep(join(root, 'tmp'), old => old.startsWith(`${name}.`))
  try {
    await withRoom(root, what, bytes, async () => {
      await mkdir(half)
      await make(half)
      if (check !== undefined) await writeChecksums(half, check)
      await makeDirectory(dirname(path))
      await rename(half, path)
    })
  } catch (error) {
    await rm(half, { recursive: true, force: true, maxRetries: 3 })
    throw error
  }
}

function exclusive<T>(root: string, name: string, work: () => Promise<T>, say?: (detail: string) => void): Promise<T> {
  return withLock(join(root, 'locks', name), work, {
    onWait: holder => say?.(`waiting for ${holder} to finish the same`),
  })
}

async function temporary(root: string): Promise<TemporaryDirectory> {
  setGracefulCleanup()
  const made = await temporaryDirectory({
    tmpdir: join(root, 'tmp'),
    template: `run.${owner()}.XXXXXX`,
    unsafeCleanup: true,
  })
  const dismiss = removeWhenWeEnd(made.path)
  return {
    path: made.path,
    async [Symbol.asyncDispose]() {
      await rm(made.path, { recursive: true, force: true, maxRetries: 3 })
      dismiss()
    },
  }
}
