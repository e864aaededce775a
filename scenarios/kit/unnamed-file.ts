import type { Guest } from '../../vm/guest/guest.ts'
import { ext4InodeAt } from '../../vm/image/raw/ext4.ts'
import type { Actor } from './actor.ts'
import type { Layer } from './places.ts'
import { answerOf } from './refusal.ts'

/** What came of opening a file without a name. */
export type UnnamedFile = {
  /** `success` or an errno. */
  readonly answer: string
  /** The owner in the inode of the raw image, while the file was open and all of it on the disk; `no inode` where there is none. */
  readonly onDisk: string
}

/** Has somebody open a file without a name (O_TMPFILE) in a directory of an ext4 disk, reads its inode off the raw image, and closes it. */
export async function openUnnamedFile(
  guest: Guest,
  actor: Actor,
  path: string,
  layers: readonly Layer[],
): Promise<UnnamedFile> {
  const disk = layers.find(({ disk }) => disk.spec.fs === 'ext4')?.disk
  if (disk === undefined) throw new TypeError(`${path} is on no ext4 disk, and no other tells inodes by number`)
  let opened: { fd: number; inode: number } | undefined
  const answer = await answerOf(async () => {
    opened = await guest.call('file.openUnnamed', { actor: actor.id, path })
  })
  if (opened === undefined) return { answer, onDisk: 'no inode' }
  const { fd, inode } = opened
  try {
    return { answer, onDisk: await rawOwner(guest, path, disk.image, inode) }
  } finally {
    await guest.call('file.close', { actor: actor.id, fd })
  }
}

async function rawOwner(guest: Guest, path: string, image: string, inode: number): Promise<string> {
  await guest.call('filesystem.settle', { path })
  const found = await ext4InodeAt(image, inode)
  return found === undefined ? 'no inode' : `${found.uid}:${found.gid}`
}
