import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** How an empty file system of a type is made in a file. */
type Recipe = {
  readonly mebibytes: number
  readonly tool: string
  /** The tool's arguments; `DIRECTORY` is an empty directory, for what packs one. */
  readonly args: (image: string, directory: string) => readonly string[]
  /** Debian's. */
  readonly package: string
}

const onto =
  (...options: readonly string[]) =>
  (image: string) => [...options, image]

const recipes: Readonly<Record<string, Recipe>> = {
  ext4: { mebibytes: 4, tool: 'mkfs.ext4', args: onto('-q', '-F'), package: 'e2fsprogs' },
  ext3: { mebibytes: 4, tool: 'mkfs.ext3', args: onto('-q', '-F'), package: 'e2fsprogs' },
  ext2: { mebibytes: 4, tool: 'mkfs.ext2', args: onto('-q', '-F'), package: 'e2fsprogs' },
  xfs: { mebibytes: 320, tool: 'mkfs.xfs', args: onto('-q', '-f'), package: 'xfsprogs' },
  btrfs: { mebibytes: 128, tool: 'mkfs.btrfs', args: onto('-q', '-f'), package: 'btrfs-progs' },
  f2fs: { mebibytes: 64, tool: 'mkfs.f2fs', args: onto('-q'), package: 'f2fs-tools' },
  vfat: { mebibytes: 4, tool: 'mkfs.vfat', args: onto(), package: 'dosfstools' },
  msdos: { mebibytes: 4, tool: 'mkfs.vfat', args: onto(), package: 'dosfstools' },
  exfat: { mebibytes: 4, tool: 'mkfs.exfat', args: onto('-q'), package: 'exfatprogs' },
  ntfs3: { mebibytes: 8, tool: 'mkfs.ntfs', args: onto('-q', '-F', '-f'), package: 'ntfs-3g' },
  ntfs: { mebibytes: 8, tool: 'mkfs.ntfs', args: onto('-q', '-F', '-f'), package: 'ntfs-3g' },
  minix: { mebibytes: 4, tool: 'mkfs.minix', args: onto(), package: 'util-linux-extra' },
  bfs: { mebibytes: 1, tool: 'mkfs.bfs', args: onto(), package: 'util-linux-extra' },
  jfs: { mebibytes: 16, tool: 'mkfs.jfs', args: onto('-q'), package: 'jfsutils' },
  nilfs2: { mebibytes: 160, tool: 'mkfs.nilfs2', args: onto('-q'), package: 'nilfs-tools' },
  udf: { mebibytes: 4, tool: 'mkfs.udf', args: onto(), package: 'udftools' },
  hfsplus: { mebibytes: 4, tool: 'mkfs.hfsplus', args: onto(), package: 'hfsprogs' },
  erofs: {
    mebibytes: 0,
    tool: 'mkfs.erofs',
    args: (image, directory) => ['--quiet', image, directory],
    package: 'erofs-utils',
  },
  squashfs: {
    mebibytes: 0,
    tool: 'mksquashfs',
    args: (image, directory) => [directory, image, '-quiet', '-no-progress'],
    package: 'squashfs-tools',
  },
  cramfs: {
    mebibytes: 0,
    tool: 'mkfs.cramfs',
    args: (image, directory) => [directory, image],
    package: 'util-linux-extra',
  },
  iso9660: {
    mebibytes: 0,
    tool: 'genisoimage',
    args: (image, directory) => ['-quiet', '-o', image, directory],
    package: 'genisoimage',
  },
  romfs: {
    mebibytes: 0,
    tool: 'genromfs',
    args: (image, directory) => ['-f', image, '-d', directory],
    package: 'genromfs',
  },
}

/** An image, or what it would take to make one. */
export type Image = { readonly fd: number; readonly readOnly: boolean } | { readonly needs: string }

/** Whether file systems of this type live on block devices and can be made here in principle. */
export function hasRecipe(type: string): boolean {
  return recipes[type] !== undefined
}

/** Makes an empty file system in a file that has no name any more when this returns; it is gone with its descriptor. */
export function makeImage(type: string): Image {
  const recipe = recipes[type]
  if (recipe === undefined) return { needs: `a way to make a ${type}` }
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'idmaplab-probe-'))
  try {
    return make(recipe, directory)
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

function make({ mebibytes, tool, args, package: from }: Recipe, directory: string): Image {
  const image = path.join(directory, 'image')
  const empty = path.join(directory, 'empty')
  fs.mkdirSync(empty)
  if (mebibytes > 0) fs.writeFileSync(image, '')
  if (mebibytes > 0) fs.truncateSync(image, mebibytes * 2 ** 20)
  const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`
  const LIMIT_MS = 60_000
  const ended = spawnSync(tool, args(image, empty), {
    env: { ...process.env, PATH },
    encoding: 'utf8',
    timeout: LIMIT_MS,
  })
  if (ended.error !== undefined && 'code' in ended.error && ended.error.code === 'ENOENT')
    return { needs: `${tool}, which is not installed (Debian: ${from})` }
  if (ended.status !== 0) return { needs: `a ${tool} that works; it said: ${firstLine(ended.stderr, ended.status)}` }
  return { fd: fs.openSync(image, mebibytes > 0 ? 'r+' : 'r'), readOnly: mebibytes === 0 }
}

function firstLine(text: string, status: number | null): string {
  return (
    text
      .split('\n')
      .find(line => line.trim() !== '')
      ?.trim() ?? `nothing, and ended with ${status}`
  )
}
