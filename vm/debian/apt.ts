import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { HarnessError } from '../harness-error.ts'
import type { Progress } from '../progress.ts'
import { runTool } from '../tool.ts'
import { type AptRoot, aptConfiguration, sourceLine } from './apt-configuration.ts'
import { type Candidate, parseCandidates } from './candidate.ts'
import { fetchFailure } from './fetch-failure.ts'
import { archiveKeyring } from './keyring.ts'
import { debianMirror } from './mirror.ts'

/** A private apt root for one suite of Debian. apt itself checks every signature and hash; the host's apt is not touched. */
export type Apt = {
  readonly suite: string
  /** Reads the suite's index unless that was done within a day; `'now'` reads it whatever its age. With an older index and no network, the older one is used and a note says so. */
  update(when?: 'if-old' | 'now'): Promise<void>
  /** Every package whose name matches the extended regular expression, newest version first. */
  candidates(pattern: string): Promise<Candidate[]>
  /** What a package's newest version depends on, by name, alternatives and versions left out. */
  depends(name: string): Promise<readonly string[]>
  /** Fetches `name` or `name=version` into `dir`, verified, and gives the path of the .deb. */
  download(name: string, dir: string, say?: (detail: string) => void): Promise<string>
  /** Fetches what is not in a suite's index, as apt reaches servers: through its proxies, with its certificates. */
  downloadFile(file: RemoteFile): Promise<void>
}

type RemoteFile = {
  readonly uri: string
  /** Absolute path of the file to be made. */
  readonly to: string
  /** The transfer ends in an error when the file grows beyond. */
  readonly mostBytes: number
  /** What its content must hash to, if that is known. */
  readonly sha256?: string
  readonly say?: (detail: string) => void
}

/** Opens (and on first use lays out) the cache's apt root for a suite: `trixie`, `trixie-backports`, `sid` … Nothing is fetched yet. */
export async function openApt(cache: Cache, suite: string, progress: Progress): Promise<Apt> {
  const root: AptRoot = { dir: join(cache.dir, 'apt', suite), suite }
  cache.use('apt', suite)
  await layOut(root)
  return {
    suite,
    update: when => cache.exclusive(`apt.${suite}`, () => update(root, progress, when ?? 'if-old')),
    candidates: pattern => candidates(root, pattern),
    depends: async name => (await candidates(root, `^${name.replace(/[.+]/g, '\\$&')}$`))[0]?.depends ?? [],
    download: (name, dir, say) => download(root, name, dir, say),
    downloadFile: file => downloadFile(root, file),
  }
}

async function layOut(root: AptRoot): Promise<void> {
  for (const part of ['lists/partial', 'archives/partial', 'none'])
    await mkdir(join(root.dir, part), { recursive: true })
  await replaceIfChanged(join(root.dir, 'status'), '')
  await replaceIfChanged(join(root.dir, 'apt.conf'), aptConfiguration(root))
}

/** Another process's apt may read the file at this moment, and with half an apt.conf it would take the host's directories. */
async function replaceIfChanged(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return
  await writeFile(`${file}.${process.pid}`, text)
  await rename(`${file}.${process.pid}`, file)
}

const A_DAY = 24 * 60 * 60 * 1000

async function update(root: AptRoot, progress: Progress, when: 'if-old' | 'now'): Promise<void> {
  const age = await indexAge(root)
  if (when === 'if-old' && age < A_DAY) return useWhatWasRead(root)
  try {
    const source = sourceLine(root, await debianMirror(), archiveKeyring())
    await replaceIfChanged(join(root.dir, 'sources.list'), source)
    await progress.step(`Debian's list of packages (${root.suite})`, say =>
      fetching(
        root,
        ['update', '-o', 'APT::Update::Error-Mode=any'],
        `reading Debian's list of packages (${root.suite})`,
        { say },
      ),
    )
    await writeFile(join(root.dir, STAMP), source)
  } catch (error) {
    await useWhatWasRead(root)
    if (age === Number.POSITIVE_INFINITY || !(error instanceof HarnessError) || error.code !== 'PACKAGE_FETCH')
      throw error
    progress.note(`${error.message} The list read on ${new Date(Date.now() - age).toISOString().slice(0, 10)} is used.`)
  }
}

/** The source of the index that was read last. */
const STAMP = 'updated'

/** apt finds an index by its source: with another one, that could not be read, it would see none. */
async function useWhatWasRead(root: AptRoot): Promise<void> {
  const source = await readFile(join(root.dir, STAMP), 'utf8').catch(() => undefined)
  if (source !== undefined) await replaceIfChanged(join(root.dir, 'sources.list'), source)
}

/** Milliseconds since the index was last read from the archive that would be read now; infinite if it never was. */
async function indexAge(root: AptRoot): Promise<number> {
  const stamp = join(root.dir, STAMP)
  const { mtimeMs } = await stat(stamp).catch(() => ({ mtimeMs: Number.NEGATIVE_INFINITY }))
  const chosen = process.env.IDMAPLAB_MIRROR
  const moved = chosen && !(await readFile(stamp, 'utf8').catch(() => '')).includes(` ${chosen.replace(/\/+$/, '')} `)
  return moved ? Number.POSITIVE_INFINITY : Date.now() - mtimeMs
}

async function candidates(root: AptRoot, pattern: string): Promise<Candidate[]> {
  const what = `looking for packages in ${root.suite}`
  const names = (await aptCache(root, ['search', '--names-only', pattern], what))
    .split('\n')
    .flatMap(line => line.split(' - ', 1))
    .filter(name => name !== '')
  return names.length === 0 ? [] : parseCandidates(await aptCache(root, ['show', ...names], what))
}

function aptCache(root: AptRoot, argv: readonly string[], what: string): Promise<string> {
  return runTool(['apt-cache', '-c', join(root.dir, 'apt.conf'), ...argv], { what, code: 'PACKAGE_FETCH' })
}

async function download(
  root: AptRoot,
  name: string,
  dir: string,
  say: (detail: string) => void = () => {},
): Promise<string> {
  const before = new Set(await readdir(dir))
  await fetching(root, ['download', name], `fetching ${name} from Debian ${root.suite}`, { cwd: dir, say })
  const made = (await readdir(dir)).find(file => file.endsWith('.deb') && !before.has(file))
  if (made === undefined)
    throw new HarnessError('PACKAGE_FETCH', `apt said that it had fetched ${name}, but no package is in ${dir}.`)
  return join(dir, made)
}

/** Not in PATH. It has no limit of its own for what a server sends. */
const APT_HELPER = '/usr/lib/apt/apt-helper'

async function downloadFile(root: AptRoot, { uri, to, mostBytes, sha256, say }: RemoteFile): Promise<void> {
  const argv = ['download-file', uri, to, ...(sha256 === undefined ? [] : [`SHA256:${sha256}`])]
  const command = ['prlimit', `--fsize=${mostBytes}`, APT_HELPER]
  await fetching(root, argv, `fetching ${uri}`, { say: say ?? (() => {}), command })
}

type Fetching = { readonly cwd?: string; readonly say: (detail: string) => void; readonly command?: readonly string[] }

async function fetching(
  root: AptRoot,
  argv: readonly string[],
  what: string,
  { cwd, say, command: tool = ['apt-get'] }: Fetching,
): Promise<void> {
  const command = [...tool, '-c', join(root.dir, 'apt.conf'), '-q', '-o', 'APT::Status-Fd=1', ...argv]
  const onLine = (line: string): void => {
    const percent = /^dlstatus:\d+:([\d.]+):/.exec(line)?.[1]
    if (percent !== undefined) say(`${Math.floor(Number(percent))} %`)
  }
  try {
    await runTool(command, { what, code: 'PACKAGE_FETCH', onLine, ...(cwd === undefined ? {} : { cwd }) })
  } catch (error) {
    throw error instanceof HarnessError && error.code === 'PACKAGE_FETCH' ? fetchFailure(what, error) : error
  }
}
