import fs from 'node:fs/promises'
import path from 'node:path'
import { withFile } from 'tmp-promise'
import { HarnessError } from '../../harness-error.ts'
import { runDebugfs } from './debugfs.ts'

/** What an inode of an ext4 image says, without any kernel in between. */
export type RawInode = {
  readonly type: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
  readonly size: number
}

/** The inodes of `paths` (from the image's root, without a leading slash); a path that is not there is not in the answer. */
export async function ext4Inodes(image: string, paths: readonly string[]): Promise<Map<string, RawInode>> {
  const answers = await runDebugfs(
    image,
    paths.map(path => `stat "/${path}"`),
  )
  const inodes = new Map<string, RawInode>()
  for (const [i, path] of paths.entries()) {
    const inode = parseStat(answers[i] ?? '')
    if (inode !== undefined) inodes.set(path, inode)
  }
  return inodes
}

/** The inode of this number, which may have no name; the file system may be mounted, if all that was done in it is on the image. */
export async function ext4InodeAt(image: string, number: number): Promise<RawInode | undefined> {
  const [answer = ''] = await runDebugfs(image, [`stat <${number}>`])
  return parseStat(answer)
}

/** debugfs prints ids as signed 32-bit numbers: 4000000000 comes as -294967296. */
export function parseStat(text: string): RawInode | undefined {
  const type = /Type: (.*?)\s+Mode:\s+([0-7]+)/.exec(text)
  const owner = /User:\s*(-?\d+)\s+Group:\s*(-?\d+)/.exec(text)
  const size = /\bSize: (\d+)/.exec(text)
  if (type === null || owner === null) return undefined
  return {
    type: type[1] ?? '',
    mode: Number.parseInt(type[2] ?? '0', 8),
    uid: Number(owner[1]) >>> 0,
    gid: Number(owner[2]) >>> 0,
    size: Number(size?.[1] ?? 0),
  }
}

/** The bytes of a regular file; `undefined` if it is not there. */
export async function ext4Contents(image: string, file: string): Promise<Buffer | undefined> {
  const inode = (await ext4Inodes(image, [file])).get(file)
  if (inode === undefined) return undefined
  return withFile(
    async copy => {
      await runDebugfs(image, [`dump "/${file}" "${copy.path}"`])
      return fs.readFile(copy.path)
    },
    { tmpdir: path.dirname(image) },
  )
}

/** Throws unless the file system was unmounted: a journal still to be replayed means that the inodes are not the truth yet. */
export async function checkUnmounted(image: string): Promise<void> {
  const [stats = ''] = await runDebugfs(image, ['show_super_stats -h'])
  const clean = /^Filesystem state:\s+clean$/m.test(stats)
  if (clean && !/^Filesystem features:.*\bneeds_recovery\b/m.test(stats)) return
  throw new HarnessError(
    'IMAGE_READ',
    `${image} was not let go by the guest: its journal has not been replayed, so what it says is not final.`,
  )
}
