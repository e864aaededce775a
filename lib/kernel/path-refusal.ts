import fs from 'node:fs'
import type { Diagnosis } from './diagnosis.ts'
import { errnoName, type SyscallError } from './errno.ts'

/**
 * Why a path could not be opened; `what` it is in a sentence, `the source`. Below `/proc/PID` it is the process that
 * matters: whether there is one, and whether the caller may look at it. `undefined`: the errno says it all.
 */
export function whyNotOpened(refused: SyscallError, what: string, path: string): Diagnosis | undefined {
  const errno = errnoName(refused.errno)
  const pid = /^\/proc\/(\d+)\//.exec(path)?.[1]
  if (pid !== undefined && errno === 'EACCES') return notOurs(pid)
  if (pid !== undefined && !fs.existsSync(`/proc/${pid}`))
    return { code: 'NO_SUCH_PROCESS', sentence: `there is no process ${pid}, or it has ended` }
  if (errno === 'ENOENT')
    return { code: 'PATH_MISSING', sentence: `${what} ${path} is not there: make it, or mend the path` }
  if (errno === 'ENOTDIR')
    return { code: 'PATH_MISSING', sentence: `${what} ${path} is not there: a part of the path is no directory` }
  return undefined
}

// proc_ns_get_link() in fs/proc/namespaces.c: PTRACE_MODE_READ_FSCREDS.
function notOurs(pid: string): Diagnosis {
  return {
    code: 'NO_CAP_OVER_PROCESS',
    sentence: `the caller may not look at process ${pid}: that takes CAP_SYS_PTRACE in the user namespace of the process, or its own user while it is dumpable`,
  }
}

/** Why a detached mount could not be put at `target`: there is nothing, or a file where a directory is needed. */
export function whyNotAttached(refused: SyscallError, source: string, target: string): Diagnosis | undefined {
  const missing = whyNotOpened(refused, 'the target', target)
  if (missing !== undefined && !fs.existsSync(target)) return missing
  const [from, to] = [kindOf(source), kindOf(target)]
  if (from === undefined || to === undefined || from === to) return undefined
  return {
    code: 'TARGET_OF_OTHER_KIND',
    sentence: `the source ${source} is a ${from} and the target ${target} a ${to}: a directory can be mounted on a directory only, a file on a file`,
  }
}

/** `undefined` for what cannot be looked at: then the errno has to do. */
function kindOf(path: string): 'directory' | 'file' | undefined {
  try {
    return fs.statSync(path).isDirectory() ? 'directory' : 'file'
  } catch {
    return undefined
  }
}
