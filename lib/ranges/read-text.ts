import fs from 'node:fs'

/** More than any file of accounts or leases, and little enough to hold in memory several times. */
const MAX_BYTES = 16 * 2 ** 20
const CHUNK = 64 * 1024

/** The text of a file, or `undefined` when there is none; throws Node's errors, and one with the code EFBIG past 16 MiB. */
export function readText(path: string): string | undefined {
  const fd = open(path)
  if (fd === undefined) return undefined
  try {
    // A size is no bound: files of /proc have none, and a device never ends. O_NONBLOCK keeps a FIFO from waiting.
    const chunks: Buffer[] = []
    for (let length = 0; length <= MAX_BYTES; ) {
      const chunk = Buffer.alloc(CHUNK)
      const read = fs.readSync(fd, chunk)
      if (read === 0) return Buffer.concat(chunks).toString('utf8')
      chunks.push(chunk.subarray(0, read))
      length += read
    }
    throw Object.assign(new Error(`${path} is longer than ${MAX_BYTES} bytes`), { code: 'EFBIG' })
  } finally {
    fs.closeSync(fd)
  }
}

function open(path: string): number | undefined {
  try {
    return fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
