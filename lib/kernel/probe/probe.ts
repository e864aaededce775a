import os from 'node:os'
import { unlessRefused } from '../unless-refused.ts'
import { type Answer, no, yes } from './answer.ts'
import { type FilesystemReport, filesystemTypes, probeFilesystem } from './filesystems.ts'
import { probeMountSetattr } from './idmap-attempt.ts'
import {
  probeListmount,
  probeOpenTreeAttr,
  probeReplaceIdmap,
  probeStatmount,
  probeStatmountMaps,
  probeStatmountMapsOffered,
} from './mount-calls.ts'
import { probeOverlayOverIdmapped } from './overlay.ts'
import {
  maxUserNamespaces,
  probeExtents,
  probeFsopenInside,
  probeIdmapInside,
  probeUnprivileged,
  probeUserNamespaces,
} from './user-namespaces.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

/**
 * What is asked of a kernel, by stable names, and the version of Linux that brought it. Where the version alone decides, a kernel of
 * that version without it lacks something; else its configuration, its settings, other features or a known bug may stand against it.
 */
export const features = {
  mountSetattr: { title: 'mount_setattr(2)', since: '5.12', decidedBy: 'version' },
  overlayOverIdmapped: { title: 'overlayfs over idmapped layers', since: '5.19', decidedBy: 'version' },
  openTreeAttr: { title: 'open_tree_attr(2)', since: '6.15', decidedBy: 'version' },
  replaceIdmap: { title: 'another map for the copy of an idmapped mount', since: '6.15', decidedBy: 'version' },
  statmount: { title: 'statmount(2)', since: '6.8', decidedBy: 'version' },
  listmount: { title: 'listmount(2)', since: '6.8', decidedBy: 'version' },
  statmountMapsOffered: { title: 'maps of mounts offered by statmount(2)', since: '6.15', decidedBy: 'version' },
  statmountMaps: { title: 'maps of mounts shown by statmount(2)', since: '6.15', decidedBy: 'machine' },
  userNamespaces: { title: 'user namespaces, for this process', since: '3.8', decidedBy: 'machine' },
  unprivilegedUserNamespaces: { title: 'user namespaces, for ordinary users', since: '3.8', decidedBy: 'machine' },
  fsopenInUserNamespace: {
    title: 'file systems made inside a user namespace (fsopen)',
    since: '5.2',
    decidedBy: 'machine',
  },
  idmapInUserNamespace: { title: 'idmapped mounts made inside a user namespace', since: '5.17', decidedBy: 'machine' },
  extentsPerMap: { title: 'many extents in one map', since: '4.15', decidedBy: 'machine' },
  maxUserNamespaces: { title: 'user namespaces allowed per user', since: '4.9', decidedBy: 'machine' },
} as const

/** What is tried besides file systems. */
export type FeatureName = keyof typeof features

/** What this kernel, as it runs here and for this process, supports. */
export type ProbeReport = {
  /** `uname -r`: for the reader only, nothing was concluded from it but what must not be tried. */
  readonly kernel: string
  /** The effective uid it was tried with; only 0 can try everything. */
  readonly uid: number
  readonly features: Readonly<Record<FeatureName, Answer>>
  /** By type, in alphabetical order. */
  readonly filesystems: readonly FilesystemReport[]
  readonly limits: {
    /** The most extents taken in one map; `null` when it could not be tried. */
    readonly extentsPerMap: number | null
    readonly maxUserNamespaces: number | null
  }
}

/**
 * Finds out by trying what this kernel and its file systems support, never from its version: distributions take things over.
 * File systems on devices are made in temporary files when their `mkfs` is installed. Takes a second or two, and blocks.
 * Nothing is left: everything is mounted in a mount namespace that ends with it, loop devices let go by themselves,
 * image files have no name. Asking for a file system may load its module, as mounting it would. Linux 5.2 or later.
 */
export function probe(): ProbeReport {
  using workshop = tryToOpen()
  const extents = probeExtents()
  const most = maxUserNamespaces()
  const known: Partial<Record<FeatureName, Answer>> = {
    extentsPerMap: extents.answer,
    maxUserNamespaces: allowed(most),
  }
  const names = Object.keys(features) as FeatureName[]
  return {
    kernel: os.release(),
    uid: process.geteuid?.() ?? -1,
    features: Object.fromEntries(
      names.map(name => [name, known[name] ?? tries[name](workshop)]),
    ) as ProbeReport['features'],
    filesystems: filesystemTypes().map(type => probeFilesystem(type, workshop)),
    limits: { extentsPerMap: extents.most ?? null, maxUserNamespaces: most ?? null },
  }
}

/** Finds out one thing. */
export function probeFeature(name: FeatureName): Answer {
  using workshop = tryToOpen()
  return tries[name](workshop)
}

/** Finds out whether the mounts of a file system can be idmapped. */
export function probeIdmappedMounts(type: string): Answer {
  using workshop = tryToOpen()
  return probeFilesystem(type, workshop).idmappedMount
}

const tries: Readonly<Record<FeatureName, (workshop: Workshop | undefined) => Answer>> = {
  mountSetattr: probeMountSetattr,
  overlayOverIdmapped: probeOverlayOverIdmapped,
  openTreeAttr: probeOpenTreeAttr,
  replaceIdmap: probeReplaceIdmap,
  statmount: probeStatmount,
  listmount: probeListmount,
  statmountMapsOffered: probeStatmountMapsOffered,
  statmountMaps: probeStatmountMaps,
  userNamespaces: probeUserNamespaces,
  unprivilegedUserNamespaces: probeUnprivileged,
  fsopenInUserNamespace: probeFsopenInside,
  idmapInUserNamespace: probeIdmapInside,
  extentsPerMap: () => probeExtents().answer,
  maxUserNamespaces: () => allowed(maxUserNamespaces()),
}

function allowed(most: number | undefined): Answer {
  if (most === undefined) return no('this kernel has no user namespaces, or no limit on them')
  return most === 0 ? no('user.max_user_namespaces is 0') : yes(`${most}`)
}

// Without privilege, or without user namespaces, only what needs neither is tried.
function tryToOpen(): Workshop | undefined {
  return unlessRefused(openWorkshop)
}
