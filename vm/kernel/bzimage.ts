import { type FileHandle, open, stat } from 'node:fs/promises'
import { HarnessError } from '../harness-error.ts'

/** The version (`uname -r`) that a bzImage carries; anything else is KERNEL_UNUSABLE with a sentence that says what it is instead. */
export async function bzImageVersion(path: string): Promise<string> {
  const header = await readHeader(path)
  const is = notBzImage(header)
  if (is !== undefined)
    throw unusable(
      `${path} cannot be booted: it is ${is}, and a bzImage is needed (make leaves it in arch/x86/boot/bzImage).`,
    )
  const version = versionOf(header)
  // It becomes part of file names.
  if (version !== undefined && /^[\w.+~-]+$/.test(version)) return version
  throw unusable(`${path} cannot be booted: it has the marks of a bzImage, but carries no version.`)
}

/** Everything read here lies in the first sectors: the setup code is at most 64 sectors of 512 bytes, plus one. */
const HEADER_BYTES = 65 * 512

async function readHeader(path: string): Promise<Buffer> {
  let file: FileHandle | undefined
  try {
    const kind = await stat(path)
    if (kind.isDirectory())
      throw unusable(`${path} is a directory; give the bzImage itself, and its modules with --modules.`)
    if (!kind.isFile()) throw unusable(`${path} cannot be booted: it is not a regular file.`)
    file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(cause)
    throw unusable(`The kernel ${path} cannot be read: ${why}.`, cause)
  } finally {
    await file?.close()
  }
}

/** Offsets of the x86 boot protocol, Documentation/arch/x86/boot.rst. */
const BOOT_FLAG = 0x1fe
const HEADER_MAGIC = 0x202
const KERNEL_VERSION = 0x20e
/** The version's pointer counts from here. */
const SETUP_START = 0x200

/** What a file is that is not a bzImage. */
function notBzImage(header: Buffer): string | undefined {
  if (header.length === 0) return 'empty'
  if (header.toString('latin1', 0, 4) === '\x7fELF') return 'an ELF file (a vmlinux or a program)'
  if (header.toString('latin1', 56, 60) === 'ARM\x64') return 'a kernel for arm64'
  if (header.length > KERNEL_VERSION + 2) {
    const marks =
      header.readUInt16LE(BOOT_FLAG) === 0xaa55 && header.toString('latin1', HEADER_MAGIC, HEADER_MAGIC + 4) === 'HdrS'
    if (marks) return undefined
  }
  return header.includes(0) ? 'some other binary file' : 'a text file'
}

function versionOf(header: Buffer): string | undefined {
  const pointer = header.readUInt16LE(KERNEL_VERSION)
  if (pointer === 0) return undefined
  const start = SETUP_START + pointer
  const end = header.indexOf(0, start)
  const [version] = header.toString('latin1', start, end < 0 ? start : end).split(' ', 1)
  return version === '' ? undefined : version
}

/** KERNEL_UNUSABLE, and the user's to mend. */
export function unusable(sentence: string, cause?: unknown): HarnessError {
  return new HarnessError('KERNEL_UNUSABLE', sentence, { blame: 'user', cause })
}
