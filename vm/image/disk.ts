import fs from 'node:fs/promises'
import path from 'node:path'
import { dir as temporaryDirectory } from 'tmp-promise'
import { HarnessError } from '../harness-error.ts'
import { runTool } from '../tool.ts'
import { runDebugfs } from './raw/debugfs.ts'
import { ext4Inodes } from './raw/ext4.ts'
import type { Disk, Entry, Ext4Disk, Tree, VfatDisk } from './tree.ts'

/** Makes the raw image of `disk` at `image`, a new file. Needs no privilege: owners are written into the inodes themselves. */
export async function makeDisk(image: string, disk: Disk): Promise<void> {
  const stage = await temporaryDirectory({ unsafeCleanup: true, tmpdir: path.dirname(image), prefix: 'stage' })
  try {
    checkNames(disk.tree)
    await fillStage(stage.path, disk.tree)
    await (disk.fs === 'ext4' ? makeExt4(image, disk, stage.path) : makeVfat(image, disk, stage.path))
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause
    const said = cause instanceof Error ? cause.message.trim().split('\n')[0] : String(cause)
    throw new HarnessError('IMAGE_BUILD', `The ${disk.fs} image ${image} could not be made: ${said}.`, { cause })
  } finally {
    await stage.cleanup()
  }
}

// A parent nobody named would belong to whoever made the image.
function checkNames(tree: Tree): void {
  for (const name of Object.keys(tree)) {
    checkName(name)
    const parent = path.posix.dirname(name)
    if (parent === '.' || tree[parent]?.kind === 'directory') continue
    throw new HarnessError(
      'IMAGE_BUILD',
      `${JSON.stringify(name)} is on the disk, but its directory ${JSON.stringify(parent)} is not: name it before.`,
    )
  }
}

async function fillStage(stage: string, tree: Tree): Promise<void> {
  for (const [name, entry] of Object.entries(tree)) {
    await stageEntry(path.join(stage, name), entry)
  }
}

async function stageEntry(file: string, entry: Entry): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true })
  if (entry.kind === 'directory') await fs.mkdir(file, { recursive: true })
  if (entry.kind === 'file') await fs.writeFile(file, entry.contents)
  if (entry.kind === 'symlink') await fs.symlink(entry.target, file)
}

// debugfs takes commands line by line: what could end one, or leave the stage, is refused.
function checkName(name: string): void {
  const parts = name.split('/')
  if (!/^[\w.+@ -]+(\/[\w.+@ -]+)*$/.test(name) || parts.includes('..') || parts.includes('.')) {
    throw new HarnessError(
      'IMAGE_BUILD',
      `${JSON.stringify(name)} cannot be a path on a disk: expected names of letters, digits and ._+@- separated by "/".`,
    )
  }
}

async function makeExt4(image: string, disk: Ext4Disk, stage: string): Promise<void> {
  const argv = ['mke2fs', '-q', '-t', 'ext4', '-E', 'root_owner=0:0', '-d', stage, image, `${disk.sizeMiB}M`]
  await runTool(argv, { what: `making the ext4 image ${image}`, code: 'IMAGE_BUILD' })
  await runDebugfs(
    image,
    Object.entries(disk.tree).flatMap(([name, entry]) => ownerCommands(name, entry)),
    { write: true },
  )
  await checkOwners(image, disk.tree)
}

const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const

function ownerCommands(name: string, entry: Entry): string[] {
  const set = (field: string, value: string | number) => `set_inode_field "/${name}" ${field} ${value}`
  const mode = entry.kind === 'symlink' ? 0o777 : entry.mode
  return [set('uid', entry.uid), set('gid', entry.gid), set('mode', `0${(typeBits[entry.kind] | mode).toString(8)}`)]
}

// debugfs reports most failures in words only, so what it wrote is read back.
async function checkOwners(image: string, tree: Tree): Promise<void> {
  const inodes = await ext4Inodes(image, Object.keys(tree))
  for (const [name, entry] of Object.entries(tree)) {
    const inode = inodes.get(name)
    const mode = entry.kind === 'symlink' ? 0o777 : entry.mode
    if (inode?.uid === entry.uid && inode.gid === entry.gid && inode.mode === mode) continue
    const found = inode === undefined ? 'nothing' : `${inode.uid}:${inode.gid} 0${inode.mode.toString(8)}`
    throw new HarnessError(
      'IMAGE_BUILD',
      `${image}: /${name} should be ${entry.uid}:${entry.gid} 0${mode.toString(8)}, the image has ${found}.`,
    )
  }
}

async function makeVfat(image: string, disk: VfatDisk, stage: string): Promise<void> {
  const run = { what: `making the vfat image ${image}`, code: 'IMAGE_BUILD', env: { MTOOLS_SKIP_CHECK: '1' } } as const
  await runTool(['mkfs.vfat', '-C', image, String(disk.sizeMiB * 1024)], run)
  const names = await fs.readdir(stage)
  if (names.length === 0) return
  await runTool(['mcopy', '-s', '-i', image, ...names.map(name => path.join(stage, name)), '::/'], run)
}
