import { readFileSync } from 'node:fs'

/**
 * What setpriv(1) takes away before QEMU starts: whatever could be gained by executing, and, from root, every capability but
 * that to read files, which a kernel or a cache of another user needs. QEMU's own sandbox comes on top, see `argv`.
 */
export function setprivArguments(capabilities: bigint = ownCapabilities()): string[] {
  const mayDrop = (capabilities & CAP_SETPCAP) !== 0n
  return [...(mayDrop ? ['--bounding-set=-all,+dac_read_search', '--inh-caps=-all'] : []), '--no-new-privs']
}

const CAP_SETPCAP = 1n << 8n

/** The effective capabilities of this process; none where that cannot be read. */
export function ownCapabilities(): bigint {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return BigInt(`0x${effective ?? '0'}`)
  } catch {
    return 0n
  }
}
