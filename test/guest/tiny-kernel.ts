import fs from 'node:fs/promises'

/** What a tiny kernel does when it has said what it says. */
export type Ending = 'hang' | 'reboot'

const SECTOR = 512
/** The real-mode setup code begins here, with a jump over the header; its code segment begins here too. */
const SETUP = 0x200
const CODE = 0x80

/**
 * Writes a bzImage (Documentation/arch/x86/boot.rst) that is all setup code: in real mode it writes `said` to the first serial
 * port and then halts with its interrupts off, or resets the machine.
 */
export async function tinyKernel(path: string, said: string, ending: Ending): Promise<void> {
  const image = Buffer.alloc(5 * SECTOR + 16)
  image.writeUInt8(4, 0x1f1) // sectors of setup code
  image.writeUInt32LE(1, 0x1f4) // the protected-mode kernel, in 16 bytes
  image.writeUInt16LE(0xaa55, 0x1fe)
  image.set([0xeb, CODE - 2], SETUP) // jmp CODE
  image.write('HdrS', 0x202, 'latin1')
  image.writeUInt16LE(0x20c, 0x206) // the boot protocol's version
  image.writeUInt16LE(0x400, 0x20e) // where the kernel's version is, counted from 0x200
  image.writeUInt8(1, 0x211) // loaded high
  image.writeUInt32LE(0x37ffffff, 0x22c) // the highest address of an initrd
  image.write('6.12.0-tiny (a test) #1\0', SETUP + 0x400, 'latin1')
  const code = program(ending)
  image.set(code, SETUP + CODE)
  image.write(`${said}\0`, SETUP + CODE + code.length, 'latin1')
  await fs.writeFile(path, image)
}

function program(ending: Ending): Buffer {
  const halt = [0xfa, 0xf4, 0xeb, 0xfd] // cli; again: hlt; jmp again
  const reset = [0xb0, 0xfe, 0xe6, 0x64] // mov al, 0xfe; out 0x64, al: the keyboard controller pulls the reset line
  const end = ending === 'hang' ? halt : [...reset, ...halt]
  const print = [
    ...[0x2e, 0xac], // next: cs lodsb
    ...[0x84, 0xc0, 0x74, 0x0f], // test al, al; jz end
    ...[0x88, 0xc4], // mov ah, al
    ...[0xba, 0xfd, 0x03], // mov dx, 0x3fd
    ...[0xec, 0xa8, 0x20, 0x74, 0xfb], // full: in al, dx; test al, 0x20; jz full
    ...[0xb2, 0xf8, 0x88, 0xe0, 0xee], // mov dl, 0xf8; mov al, ah; out dx, al
  ]
  const loop = [...print, 0xeb, 0x100 - print.length - 2] // jmp next
  loop[5] = loop.length - 6 // jz end
  const text = CODE + 3 + loop.length + end.length
  return Buffer.from([0xbe, text & 0xff, text >> 8, ...loop, ...end]) // mov si, text
}
