import { statfs } from 'node:fs/promises'
import { HarnessError } from '../harness-error.ts'

/** Runs `work`, which writes below `dir`: about `bytes`, checked first if given. Running out of room, noticed by us or by a tool, is CACHE_FULL. */
export async function withRoom<T>(
  dir: string,
  what: string,
  bytes: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (bytes !== undefined && (await freeBytes(dir)) < bytes) throw await cacheFull(dir, what, bytes)
  try {
    return await work()
  } catch (cause) {
    const alreadySaid = cause instanceof HarnessError && cause.code === 'CACHE_FULL'
    throw isNoSpace(cause) && !alreadySaid ? await cacheFull(dir, what, bytes, cause) : cause
  }
}

/** The sentence for a cache without room; `bytes` is an estimate of what is needed, if there is one. */
async function cacheFull(dir: string, what: string, bytes?: number, cause?: unknown): Promise<HarnessError> {
  const needed = bytes === undefined ? '' : `about ${megabytes(bytes)} are needed and `
  return new HarnessError(
    'CACHE_FULL',
    `There is no room for ${what} in the cache ${dir}: ${needed}${megabytes(await freeBytes(dir))} are free; make room there, or set IDMAPLAB_CACHE to a directory on a larger disk.`,
    { cause },
  )
}

/** Whether a failure, of ours or reported by a tool, was the disk being full or a quota being used up. */
function isNoSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  const text = [error.message, ...(error instanceof HarnessError ? error.details : [])].join('\n')
  return /No space left on device|Disk quota exceeded/i.test(text) || isNoSpace(error.cause)
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1e6)} MB`
}
