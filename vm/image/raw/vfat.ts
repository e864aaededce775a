import { HarnessError } from '../../harness-error.ts'
import { rawOutput } from '../tools.ts'

/** The bytes of a file of a vfat image; `undefined` if it is not there. */
export function vfatContents(image: string, path: string): Promise<Buffer | undefined> {
  return read(image, 'mtype', ['-i', image, `::/${path}`])
}

/** Every path of a vfat image, directories with a trailing slash. */
export async function vfatPaths(image: string): Promise<string[]> {
  // An empty image has no "::" for mdir.
  const listing = (await read(image, 'mdir', ['-b', '-/', '-i', image, '::'])) ?? Buffer.alloc(0)
  return listing
    .toString('utf8')
    .split('\n')
    .filter(line => line.startsWith('::/'))
    .map(line => line.slice('::/'.length))
}

// mtools end with 1 for a file that is not there and for an image that is none: only their words tell which.
async function read(image: string, command: string, args: readonly string[]): Promise<Buffer | undefined> {
  const { bytes, stderr, exitCode } = await rawOutput(command, args)
  if (exitCode === 0) return bytes
  if (/^\w+: File ".*" not found$/m.test(stderr)) return undefined
  const said = stderr.trim().split('\n')[0] ?? ''
  throw new HarnessError('IMAGE_READ', `${command} cannot read ${image} as vfat: ${said}.`)
}
