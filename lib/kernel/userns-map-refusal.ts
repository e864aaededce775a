import { type Extent, formatRange } from '../idmap/extent.ts'
import { KERNEL_MAX_EXTENTS, KERNEL_MAX_WRITE } from '../idmap/limits.ts'
import type { Half } from '../idmap/problem.ts'
import type { Caller } from './caller.ts'
import { Capability, hasCapability } from './capability-sets.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { SyscallError } from './errno.ts'
import { readFile } from './files.ts'
import { apparmorRestriction } from './userns-restrictions.ts'

/** What was written, and the writer's own map, on which it had to be built. */
export type RefusedMap = {
  readonly file: string
  readonly half: Half
  readonly lines: readonly Extent[]
  readonly parent: readonly Extent[]
  readonly bytes: number
}

/** Why the kernel did not take a map: looks at the file, the writer's capabilities, and each extent. map_write() in kernel/user_namespace.c. */
export function whyMapRefused(writer: Caller, refused: SyscallError, map: RefusedMap): Diagnosis | undefined {
  if (refused.syscall !== 'write') return undefined
  if (refused.code === 'EPERM') return written(writer, map) ?? outside(map) ?? powerless(writer, map)
  return refused.code === 'EINVAL' ? tooMuch(map) : undefined
}

function written(writer: Caller, { file }: RefusedMap): Diagnosis | undefined {
  const text = Buffer.from(readFile(writer, file)).toString().trim()
  if (text === '') return undefined
  const lines = text.split('\n').map(line => line.trim().replaceAll(/ +/g, ' '))
  return {
    code: 'USERNS_MAP_WRITTEN_ALREADY',
    sentence: `${file} was written before and can be written once: it is "${lines.join(', ')}"`,
  }
}

function outside({ file, half, lines, parent }: RefusedMap): Diagnosis | undefined {
  const bad = lines.find(line => !parent.some(extent => contains(extent, line)))
  if (bad === undefined) return undefined
  const has = parent.map(formatRange).join(', ') || 'none'
  return refusedExtent(file, bad, `the writer’s own user namespace does not have all of those ${half}s; it has ${has}`)
}

function contains({ from, count }: Extent, line: Extent): boolean {
  return line.to >= from && line.to + line.count <= from + count
}

function powerless(writer: Caller, { file, half, lines }: RefusedMap): Diagnosis | undefined {
  const root = lines.find(({ to }) => to === 0)
  if (root !== undefined && !hasCapability(writer, Capability.setfcap))
    return refusedExtent(file, root, 'mapping id 0 needs CAP_SETFCAP, since Linux 5.12')
  const [first] = lines
  const needed = half === 'uid' ? Capability.setuid : Capability.setgid
  if (first !== undefined && !hasCapability(writer, needed))
    return refusedExtent(file, first, `CAP_SET${half.toUpperCase()} is missing, and newuidmap(1) was not asked`)
  return apparmorRestriction(writer)
}

function tooMuch({ file, lines, bytes }: RefusedMap): Diagnosis | undefined {
  const first = lines[KERNEL_MAX_EXTENTS]
  if (first !== undefined)
    return refusedExtent(
      file,
      first,
      `it is extent ${KERNEL_MAX_EXTENTS + 1} of ${lines.length}, and the kernel takes ${KERNEL_MAX_EXTENTS}`,
    )
  if (bytes < KERNEL_MAX_WRITE) return lines.length === 0 ? empty(file) : undefined
  const sentence = `${file} refuses the map: it is ${bytes} bytes of text, and the kernel takes less than ${KERNEL_MAX_WRITE}`
  return { code: 'USERNS_MAP_REFUSED', sentence }
}

function empty(file: string): Diagnosis {
  return { code: 'USERNS_MAP_REFUSED', sentence: `${file} refuses the map: it has no extents` }
}

function refusedExtent(file: string, { from, to, count }: Extent, why: string): Diagnosis {
  return { code: 'USERNS_MAP_REFUSED', sentence: `${file} refuses the extent (${from} ${to} ${count}): ${why}` }
}
