import fs from 'node:fs/promises'
import path from 'node:path'
import { withFile } from 'tmp-promise'
import { HarnessError } from '../../harness-error.ts'
import { runTool } from '../../tool.ts'

// Without the check mtools refuses an image whose size its own geometry tables do not know.
const env = { MTOOLS_SKIP_CHECK: '1' }

/** The bytes of a file of a vfat image; `undefined` if it is not there. */
export async function vfatContents(image: string, file: string): Promise<Buffer | undefined> {
  if (!(await vfatPaths(image)).includes(file)) return undefined
  return withFile(
    async copy => {
      const argv = ['mcopy', '-n', '-i', image, `::/${file}`, copy.path]
      await runTool(argv, { what: `reading ${file} of ${image}`, code: 'IMAGE_READ', env })
      return fs.readFile(copy.path)
    },
    { tmpdir: path.dirname(image) },
  )
}

/** Every path of a vfat image, directories with a trailing slash. */
export async function vfatPaths(image: string): Promise<string[]> {
  const argv = ['mdir', '-a', '-b', '-/', '-i', image, '::']
  const listing = await runTool(argv, { what: `listing the vfat image ${image}`, code: 'IMAGE_READ', env }).catch(
    emptyImage,
  )
  return listing
    .split('\n')
    .filter(line => line.startsWith('::/'))
    .map(line => line.slice('::/'.length))
}

// An image without any file has no "::" for mdir.
function emptyImage(error: unknown): string {
  if (error instanceof HarnessError && error.details.some(line => line.includes('File "::" not found'))) return ''
  throw error
}
