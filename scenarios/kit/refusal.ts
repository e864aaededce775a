import type { constants } from 'node:os'
import { SyscallError } from '../../lib/kernel/errno.ts'

export type Errno = keyof typeof constants.errno

/** The kernel's refusal of what `act` asks for; `undefined` when there was none. Whatever else goes wrong is thrown. */
export async function refusalOf(act: () => Promise<unknown>): Promise<SyscallError | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (error instanceof SyscallError) return error
    throw error
  }
}

/** What the kernel answers: `success`, or the errno of its refusal. */
export async function answerOf(act: () => Promise<unknown>): Promise<string> {
  return (await refusalOf(act))?.code ?? 'success'
}
