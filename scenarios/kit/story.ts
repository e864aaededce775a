import type { ProcessOutput } from 'zx'
import type { Disk } from '../../vm/image/tree.ts'
import type { Host } from './host.ts'
import type { StoryDisk } from './story-disk.ts'

/** What a kernel must have for a story to say anything about it; tried in the guest, never read off a version. */
export type Need =
  /** One of the disks, whose file system must let a mount be idmapped. */
  | { readonly idmappedMountsOn: string }
  /** One of the disks: overlayfs must take an idmapped mount of it as a layer. */
  | { readonly overlayOver: string }
  /** The kernel counts these for everybody, so nobody else may be using it. */
  | { readonly counts: 'user namespaces' }

export type Plot<Name extends string> = {
  /** One plain sentence, the title in every report. */
  readonly title: string
  /** The commit, man page or report that promises the behaviour. */
  readonly promisedBy: string
  readonly needs: readonly Need[]
  readonly disks: Readonly<Record<Name, Disk>>
}

export type Stage<Name extends string> = {
  readonly host: Host
  /** For a story of several machines: `await machine('laptop')` is the first one's host, `await machine('desktop')` another's, which gets the disks. */
  readonly machine: (name: string) => Promise<Host>
  readonly disks: Readonly<Record<Name, StoryDisk>>
  /** What follows is reported under this heading. */
  readonly chapter: (title: string) => void
  /** A command of the guest wrote just this to its standard output, or whatever else has words said these: `says('id(1)', await user.$`id -u`, '1005\n')`. */
  readonly says: (claim: string, output: ProcessOutput | string, expected: string) => void
}

export type Scenario = Plot<string> & {
  /** The file's name, e.g. `vfat-usb-stick`. */
  readonly name: string
  readonly tell: (stage: Stage<string>) => Promise<void>
}
