/** The capabilities by number, as capabilities(7) names them (include/uapi/linux/capability.h, Linux 5.9 and later). */
const names = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const

const KNOWN = (1n << BigInt(names.length)) - 1n

/** The names in a set of capabilities (bit n is capability n), e.g. `['cap_net_raw']`; a number for a bit without a name. */
export function capabilityNames(set: bigint): readonly string[] {
  const bits = Array.from({ length: 64 }, (_, bit) => bit).filter(bit => (set >> BigInt(bit)) & 1n)
  return bits.map(bit => `cap_${names[bit] ?? bit}`)
}

/** The set of these capabilities, each named as capabilities(7) has it, `cap_net_raw`; `undefined` when one has no such name. */
export function capabilitySet(wanted: readonly string[]): bigint | undefined {
  const bits = wanted.map(name => names.findIndex(known => `cap_${known}` === name))
  return bits.includes(-1) ? undefined : bits.reduce((set, bit) => set | (1n << BigInt(bit)), 0n)
}

/** In few words: `none`, `all`, `all but cap_sys_resource`, or the names. */
export function formatCapabilities(set: bigint): string {
  const FEW = 3
  const missing = capabilityNames(KNOWN & ~set)
  if (set === 0n) return 'none'
  if (missing.length === 0) return 'all'
  return missing.length <= FEW ? `all but ${missing.join(', ')}` : capabilityNames(set).join(', ')
}
