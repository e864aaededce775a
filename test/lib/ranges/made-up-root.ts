import fs from 'node:fs'
import path from 'node:path'
import { dirSync } from 'tmp-promise'
import { onTestFinished } from 'vitest'

/** A directory that is gone when the test is over. */
export function scratch(): string {
  const made = dirSync({ unsafeCleanup: true })
  onTestFinished(() => made.removeCallback())
  return made.name
}

/** A root directory with these files; a text that begins with `-> ` is a symbolic link's. */
export function madeUpRoot(files: Readonly<Record<string, string>>): string {
  const root = scratch()
  fs.mkdirSync(path.join(root, 'etc'))
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    if (text.startsWith('-> ')) fs.symlinkSync(text.slice(3), file)
    else fs.writeFileSync(file, text)
  }
  return root
}

/** A process of a made-up `/proc`, in a user namespace with these maps. */
export function madeUpProcess(
  pid: number | 'self',
  { command = 'sh', namespace, map }: { command?: string; namespace?: number; map: string },
): Record<string, string> {
  return {
    [`proc/${pid}/comm`]: `${command}\n`,
    [`proc/${pid}/uid_map`]: map,
    [`proc/${pid}/gid_map`]: map,
    ...(namespace !== undefined && { [`proc/${pid}/ns/user`]: `-> user:[${namespace}]` }),
  }
}

/** The initial user namespace, with `/proc/self` and process 1 in it. */
export const INITIAL = {
  ...madeUpProcess('self', { namespace: 4_026_531_837, map: '         0          0 4294967295\n' }),
  ...madeUpProcess(1, { command: 'init', namespace: 4_026_531_837, map: '         0          0 4294967295\n' }),
}
