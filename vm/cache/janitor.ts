import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

const WAIT_THEN_REMOVE = 'cat > /dev/null; exec rm -rf -- "$1"'

/**
 * Sees to it that `directory` goes away with this process, however it ends: a shell in a session of its own waits for the
 * pipe from here to close, which the kernel does. It does not keep this process alive. Call what is
 * returned when the directory is gone: the shell ends then.
 */
export function removeWhenWeEnd(directory: string): () => void {
  const janitor = spawn('sh', ['-c', WAIT_THEN_REMOVE, 'idmaplab-janitor', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Without it a killed run's directory waits for the next run, which removes what dead owners left.
  janitor.on('error', () => {})
  janitor.unref()
  const pipe = janitor.stdin as Writable & { unref(): void }
  pipe.on('error', () => {})
  pipe.unref()
  return () => pipe.end()
}
