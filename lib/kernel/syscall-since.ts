/** The Linux version that brought a system call younger than 4.9 (its man page's HISTORY); an older kernel answers ENOSYS. */
const since: ReadonlyMap<string, string> = new Map([
  ['statx', '4.11'],
  ['pidfd_send_signal', '5.1'],
  ['open_tree', '5.2'],
  ['move_mount', '5.2'],
  ['fsopen', '5.2'],
  ['fsconfig', '5.2'],
  ['fsmount', '5.2'],
  ['fspick', '5.2'],
  ['pidfd_open', '5.3'],
  ['openat2', '5.6'],
  ['pidfd_getfd', '5.6'],
  ['close_range', '5.9'],
  ['mount_setattr', '5.12'],
  ['statmount', '6.8'],
  ['listmount', '6.8'],
  ['open_tree_attr', '6.15'],
])

/** The Linux version that brought the call, e.g. `6.15` for `open_tree_attr`; `undefined` for one that was always there. */
export function syscallSince(syscall: string): string | undefined {
  return since.get(syscall)
}
