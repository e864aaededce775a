import { ext4Inodes } from '../../vm/image/raw/ext4.ts'
import { vfatPaths } from '../../vm/image/raw/vfat.ts'
import type { Disk } from '../../vm/image/tree.ts'
import type { Ledger } from './ledger.ts'
import { type CaseDisk, contentsOnDisk } from './places.ts'

/** One of the story's disks, as a story speaks of it. */
export class StoryDisk implements CaseDisk {
  readonly name: string
  readonly spec: Disk
  readonly image: string
  readonly #ledger: Ledger

  constructor(disk: CaseDisk, ledger: Ledger) {
    this.name = disk.name
    this.spec = disk.spec
    this.image = disk.image
    this.#ledger = ledger
  }

  /** Who owns `path` on the raw image now, e.g. `{ uid: 300000, gid: 300000 }`. Only an ext4 image says, and only while nobody has it mounted. */
  async rawOwner(path: string): Promise<{ readonly uid: number; readonly gid: number }> {
    const inode = await this.#ledger.during(async () => (await ext4Inodes(this.image, [path])).get(path))
    if (inode === undefined) throw new TypeError(`the raw image of ${this.name} has no ${path}`)
    return { uid: inode.uid, gid: inode.gid }
  }

  /** The raw image has a file at `path` with just these bytes, once the guest let go of it. */
  holds(path: string, contents: string): void {
    const claim = `${this.name}: the raw bytes of ${path}`
    const act = { actor: `raw image of ${this.name}`, operation: `read ${path}` }
    this.#ledger.checkLater(claim, JSON.stringify(contents), () => contentsOnDisk(this, path), act)
  }

  /** The raw vfat image has these paths and no others. */
  hasOnly(paths: readonly string[]): void {
    const list = (names: readonly string[]) => [...names].sort().join(' ')
    const look = async () => list(await vfatPaths(this.image))
    const act = { actor: `raw image of ${this.name}`, operation: 'list everything' }
    this.#ledger.checkLater(`${this.name}: everything on the raw image`, list(paths), look, act)
  }
}
