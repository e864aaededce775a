import { SyscallError } from './errno.ts'

/** What `act` gives, or `undefined` when the kernel refuses any of its calls; whatever else goes wrong is thrown. */
export function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof SyscallError) return undefined
    throw error
  }
}
