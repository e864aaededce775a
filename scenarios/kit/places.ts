import path from 'node:path'
import { ext4Contents, ext4Inodes } from '../../vm/image/raw/ext4.ts'
import { ext4Xattr } from '../../vm/image/raw/ext4-xattr.ts'
import { vfatContents, vfatPaths } from '../../vm/image/raw/vfat.ts'
import type { Disk } from '../../vm/image/tree.ts'
import { type Aspect, attributeInWords, attributeOf, inodeInWords } from './aspect.ts'

/** A disk of the running case. */
export type CaseDisk = { readonly name: string; readonly spec: Disk; readonly image: string }

/** Where what is seen at a mount point lies: one place on one disk, or, for an overlay, the upper before the lower. */
export type Layer = { readonly label: string; readonly disk: CaseDisk; readonly path: string }

/** What the disk's cell says of a file system that is in memory only. */
const NO_DISK = '-'

/** Knows, for every path of the guest's host that a story made, where to look for it in the raw images. */
export class Places {
  readonly #mounted = new Map<string, readonly Layer[]>()

  mountDisk(target: string, disk: CaseDisk): void {
    this.#mounted.set(target, [{ label: disk.name, disk, path: '' }])
  }

  /** `target` shows what `source` shows, whatever the ids. */
  alias(target: string, source: string): void {
    this.show(target, this.layersOf(source))
  }

  show(target: string, layers: readonly Layer[]): void {
    this.#mounted.set(target, layers)
  }

  /** What `target` shows is on no disk. */
  inMemory(target: string): void {
    this.show(target, [])
  }

  /** What was shown at `target` is not any more. */
  hide(target: string): void {
    this.#mounted.delete(target)
  }

  overlay(target: string, upper: string, lower: string): void {
    const label = (name: string, layers: readonly Layer[]) => layers.map(layer => ({ ...layer, label: name }))
    this.#mounted.set(target, [...label('upper', this.layersOf(upper)), ...label('lower', this.layersOf(lower))])
  }

  layersOf(hostPath: string): readonly Layer[] {
    const target = [...this.#mounted.keys()]
      .filter(mount => mount === '/' || hostPath === mount || hostPath.startsWith(`${mount}/`))
      .sort((a, b) => b.length - a.length)[0]
    if (target === undefined) throw new TypeError(`${hostPath} is on none of the story's disks`)
    const below = path.posix.relative(target, hostPath === '' ? '/' : hostPath)
    return (this.#mounted.get(target) ?? []).map(layer => ({ ...layer, path: path.posix.join(layer.path, below) }))
  }
}

/** What the raw images have of a path: the first layer that has it decides. `label uid:gid`, `absent`, or `-` where there is no disk. */
export async function foundOnDisk(layers: readonly Layer[], aspect: Aspect = 'owner'): Promise<string> {
  if (layers.length === 0) return NO_DISK
  for (const { label, disk, path: below } of layers) {
    const found =
      disk.spec.fs === 'ext4' ? await onExt4(disk, below, aspect) : await onVfat(disk.spec, disk, below, aspect)
    if (found !== undefined) return `${label} ${found}`
  }
  return 'absent'
}

async function onExt4({ image }: CaseDisk, below: string, aspect: Aspect): Promise<string | undefined> {
  const inode = (await ext4Inodes(image, [below])).get(below)
  const attribute = attributeOf(aspect)
  if (inode === undefined) return undefined
  if (attribute === undefined) return inodeInWords(aspect, inode)
  return attributeInWords(aspect, await ext4Xattr(image, below, attribute))
}

// vfat stores no owner: the mount's options stand for it, for whatever the image has. Nor has it anything else of an inode's.
async function onVfat(
  { uid, gid }: { uid: number; gid: number },
  disk: CaseDisk,
  below: string,
  aspect: Aspect,
): Promise<string | undefined> {
  const paths = (await vfatPaths(disk.image)).map(name => name.replace(/\/$/, ''))
  const there = below === '' || below === '.' || paths.includes(below)
  if (!there) return undefined
  return aspect === 'owner' ? `${uid}:${gid}` : 'none'
}

/** The bytes of a file of the raw image, as text; `absent` if it is not there. */
export async function contentsOnDisk(disk: CaseDisk, below: string): Promise<string> {
  const bytes = await (disk.spec.fs === 'ext4' ? ext4Contents(disk.image, below) : vfatContents(disk.image, below))
  return bytes === undefined ? 'absent' : JSON.stringify(bytes.toString('utf8'))
}
