/** The first sectors of a bzImage as the boot protocol lays them out, with a version and nothing to boot. */
export function bzImage(version: string, { bootFlag = 0xaa55, magic = 'HdrS', pointer = 0x300 } = {}): Buffer {
  const image = Buffer.alloc(0x1000)
  image.writeUInt16LE(bootFlag, 0x1fe)
  image.write(magic, 0x202, 'latin1')
  image.writeUInt16LE(pointer, 0x20e)
  if (pointer !== 0) image.write(`${version} (somebody@somewhere) #1 SMP\0`, 0x200 + pointer, 'latin1')
  return image
}
