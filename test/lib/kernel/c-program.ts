import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { dirSync } from 'tmp-promise'

/** What a C program prints, compiled against this machine's headers; `undefined` where it does not compile, or no compiler is. */
export function outputOfC(source: string): string | undefined {
  const directory = dirSync({ unsafeCleanup: true })
  try {
    const [code, program] = ['program.c', 'program'].map(name => path.join(directory.name, name)) as [string, string]
    fs.writeFileSync(code, source)
    if (spawnSync('cc', ['-o', program, code]).status !== 0) return undefined
    return execFileSync(program, { encoding: 'utf8' })
  } finally {
    directory.removeCallback()
  }
}
