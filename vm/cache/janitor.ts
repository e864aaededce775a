import { spawn } from 'node:child_process'

const WAIT_THEN_REMOVE = 'cat > /dev/null; exec rm -rf -- "$1"'

/**
 * Sees to it that `directory` goes away with this process, however it ends: a shell in a session of its own waits for the
 * pipe from here to close, which the kernel does. Costs nothing while it waits, and does not keep this process alive.
 */
export function removeWhenWeEnd(directory: string): void {
  const janitor = spawn('sh', ['-c', WAIT_THEN_REMOVE, 'idmaplab-janitor', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Without it a killed run's directory waits for the next run, which removes what dead owners left.
  janitor.on('error', () => {})
  janitor.unref()
  const pipe = janitor.stdin as unknown as { unref(): void; on(event: 'error', listener: () => void): void }
  pipe.on('error', () => {})
  pipe.unref()
}
