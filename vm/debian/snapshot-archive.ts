import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { HarnessError } from '../harness-error.ts'
import type { Apt } from './apt.ts'

/** A package that Debian once had, to the byte. */
export type PastPackage = {
  readonly name: string
  readonly version: string
  readonly sha256: string
  readonly bytes: number
}

/**
 * Fetches a package from Debian's snapshot archive (or the one `$IDMAPLAB_SNAPSHOT_ARCHIVE` names), which keeps every package
 * there ever was: `/mr/binary/NAME/VERSION/binfiles` tells the sha1 of the file, `/file/SHA1` is the file. What comes is held to
 * `bytes` and `sha256`, which is all its trust: no signature covers it.
 */
export async function downloadPast(
  { name, version, sha256, bytes }: PastPackage,
  to: string,
  apt: Apt,
  say?: (detail: string) => void,
): Promise<void> {
  const archive = snapshotArchive()
  try {
    const hash = await fileHash(archive, name, version, join(dirname(to), 'binfiles.json'), apt)
    await apt.downloadFile({
      uri: `${archive}/file/${hash}`,
      to,
      sha256,
      mostBytes: bytes,
      ...(say === undefined ? {} : { say }),
    })
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'PACKAGE_FETCH') throw error
    const reason = error.message.replace(/; check the network and .*$/, '').replace(/\.$/, '')
    throw new HarnessError(
      'PACKAGE_FETCH',
      `The snapshot archive ${archive} did not give ${name} ${version}: ${reason}; IDMAPLAB_SNAPSHOT_ARCHIVE can name another one.`,
      { cause: error, details: error.details },
    )
  }
}

function snapshotArchive(): string {
  return (process.env.IDMAPLAB_SNAPSHOT_ARCHIVE || 'https://snapshot.debian.org').replace(/\/+$/, '')
}

/** A package has one file for each architecture. */
const MOST_JSON_BYTES = 1e6

const Binfiles = v.object({
  result: v.array(v.object({ architecture: v.string(), hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)) })),
})

async function fileHash(archive: string, name: string, version: string, file: string, apt: Apt): Promise<string> {
  const path = [name, version].map(encodeURIComponent).join('/')
  await apt.downloadFile({ uri: `${archive}/mr/binary/${path}/binfiles`, to: file, mostBytes: MOST_JSON_BYTES })
  const answer = v.safeParse(Binfiles, parseJson(await readFile(file, 'utf8')))
  await rm(file)
  if (!answer.success)
    throw new HarnessError('PACKAGE_FETCH', 'its answer is not the list of files that its interface promises')
  const found = answer.output.result.find(({ architecture }) => architecture === 'amd64')
  if (found === undefined) throw new HarnessError('PACKAGE_FETCH', 'it has the package, but not for amd64')
  return found.hash
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
