import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { mostAlive } from './pool.ts'

/** What a guest may take when it has touched all of its memory, QEMU's own included. */
const GUEST_BYTES = 1024 * 1024 * 1024

/** How many guests side by side suit this machine: one a CPU, as long as the memory that is available holds them and those being prepared. */
export function usualSize(cpus: number = availableParallelism(), memory: number = availableMemory()): number {
  const fitting = Array.from({ length: cpus }, (_, i) => i + 1).filter(size => mostAlive(size) * GUEST_BYTES <= memory)
  return fitting.at(-1) ?? 1
}

/** Bytes the kernel would hand out without swapping (MemAvailable of proc(5)), and no more than a cgroup's limit leaves. */
function availableMemory(): number {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  const machine = kib === undefined ? Infinity : Number(kib) * 1024
  return Math.min(machine, process.availableMemory())
}
