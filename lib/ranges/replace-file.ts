import fs from 'node:fs'
import path from 'node:path'

/** Where the new text is written first. */
export interface Replacement {
  /** In the same directory. Only the holder of a lock writes it, so what a killed process left there is overwritten. */
  readonly temporary: string
  /** Owner and permission bits; left out: this process, and 0644. */
  readonly like?: fs.Stats | undefined
}

/**
 * The file with a new text, or with the old one, whenever the machine stops: written beside it, synced, renamed over it, and
 * the directory synced, so that it is on the disk when this returns. Readers need no lock.
 */
export function replaceFile(file: string, text: string, { temporary, like }: Replacement): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants
  fs.rmSync(temporary, { force: true })
  const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    fs.writeFileSync(fd, text)
    if (like) fs.fchownSync(fd, like.uid, like.gid)
    fs.fchmodSync(fd, like ? like.mode & 0o7777 : 0o644)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
  fs.renameSync(temporary, file)
  syncDirectory(path.dirname(file))
}

/** Makes the names in a directory durable. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
