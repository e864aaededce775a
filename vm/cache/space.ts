import { HarnessError } from '../harness-error.ts'
import { diskFull, freeBytes, isNoSpace } from '../machine-trouble.ts'

/** Runs `work`, which writes below `dir`: about `bytes`, checked first if given. Running out of room, noticed by us or by a tool, is DISK_FULL. */
export async function withRoom<T>(
  dir: string,
  what: string,
  bytes: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (bytes !== undefined && freeBytes(dir) < bytes) throw diskFull(what, dir, bytes)
  try {
    return await work()
  } catch (cause) {
    const alreadySaid = cause instanceof HarnessError && cause.code === 'DISK_FULL'
    throw isNoSpace(cause) && !alreadySaid ? diskFull(what, dir, bytes, cause) : cause
  }
}
