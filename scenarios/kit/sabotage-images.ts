import fs from 'node:fs/promises'
import { runDebugfs } from '../../vm/image/raw/debugfs.ts'
import type { CaseDisk } from './places.ts'
import type { Sabotage } from './sabotage.ts'

const WRONG_OWNER = 4242

/** Changes the raw images behind everybody's back, after the guest let go of them and before they are read. */
export async function sabotageImages(disks: readonly CaseDisk[], sabotage?: Sabotage): Promise<void> {
  if (sabotage === 'wrong-owner-on-disk') {
    const disk = disks.find(({ spec }) => spec.fs === 'ext4')
    if (disk === undefined) throw new TypeError('the story has no disk that stores owners')
    const commands = Object.keys(disk.spec.tree).map(name => `set_inode_field "/${name}" uid ${WRONG_OWNER}`)
    await runDebugfs(disk.image, commands, { write: true })
  }
  if (sabotage === 'wrong-bytes-on-disk') for (const disk of disks) await flipLetters(disk.image)
}

// Every "snow" of the stories' texts becomes "rain", wherever on the image it lies.
async function flipLetters(image: string): Promise<void> {
  const bytes = await fs.readFile(image)
  for (let at = bytes.indexOf('snow'); at >= 0; at = bytes.indexOf('snow', at)) bytes.write('rain', at)
  await fs.writeFile(image, bytes)
}
