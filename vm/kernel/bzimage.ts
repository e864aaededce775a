import { type FileHandle, open, stat } from 'node:fs/promises'
import { reasonOf } from '../../lib/file-trouble.ts'
import { HarnessError } from '../harness-error.ts'

/** The version (`uname -r`) that a bzImage carries; anything else, and one that is cut short, is KERNEL_UNUSABLE with a sentence that says what it is instead. */
export async function bzImageVersion(path: string): Promise<string> {
  const { header, bytes } = await readHeader(path)
  const is = notBzImage(header)
  if (is !== undefined)
    throw unusable(
      `${path} cannot be booted: it is ${is}, and a bzImage is needed (make leaves it in arch/x86/boot/bzImage).`,
    )
  const whole = wholeBytes(header)
  if (bytes < whole)
    throw unusable(
      `${path} cannot be booted: it is cut short, ${bytes} bytes of the ${whole} that its header tells of; copy or build it again.`,
    )
  const version = versionOf(header)
  // It becomes part of file names.
  if (version !== undefined && /^[\w.+~-]+$/.test(version)) return version
  throw unusable(`${path} cannot be booted: it has the marks of a bzImage, but carries no version.`)
}

/** Everything read here lies in the first sectors: the setup code is at most 64 sectors of 512 bytes, plus one. */
const HEADER_BYTES = 65 * 512

/** Larger than any kernel: allyesconfig makes about 200 MB. */
const MOST_BYTES = 1e9

async function readHeader(path: string): Promise<{ readonly header: Buffer; readonly bytes: number }> {
  let file: FileHandle | undefined
  try {
    const kind = await stat(path)
    if (kind.isDirectory())
      throw unusable(
        `${path} is a directory without an arch/x86/boot/bzImage; give the bzImage itself, and its modules with --modules.`,
      )
    if (!kind.isFile()) throw unusable(`${path} cannot be booted: it is not a regular file.`)
    if (kind.size > MOST_BYTES)
      throw unusable(`${path} cannot be booted: it has ${kind.size} bytes, which no kernel image has.`)
    file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    return { header: buffer.subarray(0, bytesRead), bytes: kind.size }
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause
    throw unusable(`The kernel ${path} cannot be read: ${reasonOf(cause)}.`, cause)
  } finally {
    await file?.close()
  }
}

/** Offsets of the x86 boot protocol, Documentation/arch/x86/boot.rst. */
const SETUP_SECTORS = 0x1f1
const SYSTEM_SIZE = 0x1f4
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

/** The boot sector and the setup code (4 sectors where 0 is said), and the protected-mode kernel in units of 16 bytes. A signature may follow. */
function wholeBytes(header: Buffer): number {
  return ((header.readUInt8(SETUP_SECTORS) || 4) + 1) * 512 + header.readUInt32LE(SYSTEM_SIZE) * 16
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
