import { mkdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'

/**
 * Makes a directory and those above it, one at a time: Node's recursive mkdir says ENOENT where a disk is full, and never
 * ends on procfs.
 */
export async function makeDirectory(path: string): Promise<void> {
  const there = await stat(path).then(
    () => true,
    () => false,
  )
  if (there) return
  await makeDirectory(resolve(path, '..'))
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}
