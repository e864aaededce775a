import type { ProcessOutput } from 'zx/core'
import type { FeatureName } from '../../lib/kernel/probe/probe.ts'
import type { KnownBug } from '../../lib/model/known-bugs.ts'
import type { Disk } from '../../vm/image/tree.ts'
import type { EitherWay } from './bug.ts'
import type { Host } from './host.ts'
import type { StoryDisk } from './story-disk.ts'

/** What a kernel must have for a story to say anything about it; tried in the guest, never read off a version. */
export type Need =
  /** One of the disks, whose file system must let a mount be idmapped. */
  | { readonly idmappedMountsOn: string }
  /** One of the disks: overlayfs must take an idmapped mount of it as a layer. */
  | { readonly overlayOver: string }
  /** A file system without a disk, `tmpfs` or `overlay`, that must let its mounts be idmapped. */
  | { readonly idmappedMountsOf: string }
  /** One of the disks, whose file system must keep POSIX ACLs. */
  | { readonly aclsOn: string }
  /** One of the disks, whose file system must keep file capabilities. */
  | { readonly fileCapabilitiesOn: string }
  /** One of the things `idmaplab probe` finds out: `openTreeAttr`, `unprivilegedUserNamespaces`. */
  | { readonly feature: FeatureName }
  /** The kernel counts these for everybody, so nobody else may be using it. */
  | { readonly counts: 'user namespaces' }

export type Plot<Name extends string> = {
  /** One plain sentence, the title in every report. */
  readonly title: string
  /** The commit, man page or report that promises the behaviour. */
  readonly promisedBy: string
  readonly needs: readonly Need[]
  readonly disks: Readonly<Record<Name, Disk>>
  /** The known bug the story is about: it must show where the table has it, and nowhere else. */
  readonly bug?: KnownBug
}

export type Stage<Name extends string> = {
  readonly host: Host
  /** For a story of several machines: `await machine('laptop')` is the first one's host, `await machine('desktop')` another's, which gets the disks. */
  readonly machine: (name: string) => Promise<Host>
  readonly disks: Readonly<Record<Name, StoryDisk>>
  /** What follows is reported under this heading. */
  readonly chapter: (title: string) => void
  /** A command of the guest wrote just this to its standard output: `says('id(1)', await user.$`id -u`, '1005\n')`. */
  readonly says: (claim: string, output: ProcessOutput, expected: string) => void
  /** What was found is just this, an owner, an answer of the kernel, the words of something that is no command: `is('the owner through the mount', await mount.owner(), '101000:101000')`. */
  readonly is: (claim: string, found: string, expected: string) => void
  /** What was found shows the story's bug, or that it is not there: `shows('O_TMPFILE', answer, { mended: 'EOVERFLOW', buggy: 'success' })`. */
  readonly shows: (claim: string, found: string, either: EitherWay) => void
}

export type Scenario = Plot<string> & {
  /** The file's name, e.g. `vfat-usb-stick`. */
  readonly name: string
  readonly tell: (stage: Stage<string>) => Promise<void>
}
