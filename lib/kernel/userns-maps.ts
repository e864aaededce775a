import type { Extent } from '../idmap/extent.ts'
import type { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Half } from '../idmap/problem.ts'
import { split } from '../idmap/split.ts'
import { type Caller, here } from './caller.ts'
import { diagnosed } from './diagnosis.ts'
import { SyscallError } from './errno.ts'
import { readFile, writeFile } from './files.ts'
import { whyMapRefused } from './userns-map-refusal.ts'

const HALVES: readonly Half[] = ['uid', 'gid']

/**
 * Writes `/proc/PID/uid_map` and `gid_map` of a process in a new user namespace; each can be written once.
 * The writer must be in the namespace or its parent, with CAP_SETUID/CAP_SETGID over the parent, and CAP_SETFCAP to map
 * its id 0 (Linux 5.12). An extent must lie within one extent of the writer's own map as that one was written, so each
 * is cut at their borders. Throws a `DiagnosedError` that names the extent the kernel would not have.
 * user_namespaces(7); map_write() in kernel/user_namespace.c.
 */
export function writeIdMaps<Inside extends string, Outside extends string>(
  pid: number,
  pair: IdMapPair<Inside, Outside>,
  writer: Caller = here(),
): void {
  for (const half of HALVES) writeMap(writer, pid, half, pair[half])
}

/** What the kernel has as the map of process `pid`'s user namespace, extent by extent as it was written; outer ids as the reader's own namespace has them. */
export function readExtents(caller: Caller, pid: number | 'self', half: Half): readonly Extent[] {
  return parseExtents(Buffer.from(readFile(caller, `/proc/${pid}/${half}_map`)).toString())
}

// Not an IdMap: it would join neighbours, which the kernel does not.
function parseExtents(text: string): readonly Extent[] {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => {
    const [from = 0, to = 0, count = 0] = line.trim().split(/ +/).map(Number)
    return { from, to, count }
  })
}

function writeMap<Inside extends string, Outside extends string>(
  writer: Caller,
  pid: number,
  half: Half,
  map: IdMap<Inside, Outside>,
): void {
  const file = `/proc/${pid}/${half}_map`
  const parent = readExtents(writer, 'self', half)
  const lines = split(map, parent)
  const text = lines.map(({ from, to, count }) => `${from} ${to} ${count}\n`).join('')
  diagnosed(
    () => withText(text, file, () => writeFile(writer, file, Buffer.from(text))),
    refused => whyMapRefused(writer, refused, { file, half, lines, parent, bytes: text.length }),
  )
}

// The text is what the kernel objects to, so the error shows it instead of its length.
function withText(text: string, file: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof SyscallError) || error.syscall !== 'write') throw error
    const { errno, syscall, actor } = error
    throw new SyscallError({
      errno,
      syscall,
      args: [file, JSON.stringify(text)],
      ...(actor === undefined ? {} : { actor }),
    })
  }
}
