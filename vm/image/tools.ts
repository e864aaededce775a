import { spawn } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'

/**
 * For the file systems' own tools: an ordinary user of Debian has no sbin in PATH, and mke2fs, debugfs and mkfs.vfat
 * live there; their messages are matched, so they must not depend on the user's language, while names stay UTF-8.
 */
export const toolEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`,
  LC_ALL: 'C.UTF-8',
  LANGUAGE: '',
  MTOOLS_SKIP_CHECK: '1',
}

/** What a tool wrote, byte for byte: zx reads output as UTF-8, which the contents of a file need not be. */
export async function rawOutput(
  command: string,
  args: readonly string[],
): Promise<{ readonly bytes: Buffer; readonly stderr: string; readonly exitCode: number | null }> {
  const child = spawn(command, args, { env: toolEnvironment, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [exitCode, bytes, stderr] = await Promise.all([ended, buffer(child.stdout), text(child.stderr)])
  return { bytes, stderr, exitCode }
}
