/** A kernel that can be booted: the image and, if it has any, its modules. */
export type Kernel = {
  /** What the user asked for: `6.12`, `6.12.43-1`, `debian:sid/7.2`, or the path of a bzImage, a .deb or a build tree. */
  readonly name: string
  /** What `uname -r` will say, e.g. `6.12.94+deb13-cloud-amd64`; read from the image itself. */
  readonly version: string
  /** Absolute path of a bzImage. */
  readonly image: string
  /** Absolute path of `lib/modules/VERSION` with a `modules.dep` in it; absent for a kernel without modules. */
  readonly modules?: string
  /** What the user gave as the modules of a kernel of their own, as they wrote it; the command that repeats a case needs it. */
  readonly givenModules?: string
  /** Absolute path of the configuration it was built with, where that is known. */
  readonly config?: string
  /** The Debian package it came from, e.g. `linux-image-6.12.94+deb13-cloud-amd64 6.12.94-1`. */
  readonly package?: string
  /** What every report on this kernel must say: that it stands in for one that is gone, or that its modules are gone. */
  readonly note?: string
  /** Hash of everything above that decides how it boots: part of every cache key that stands on this kernel. */
  readonly id: string
}

/** The kernel this machine runs, on which cases are told natively, without a guest. */
export type HostKernel = Pick<Kernel, 'note' | 'givenModules' | 'package'> & {
  readonly name: 'host'
  readonly native: true
  /** `uname -r`. */
  readonly version: string
  /** `uname -r` and `uname -v`: which build it is. */
  readonly id: string
  /** Absolute path of `/lib/modules/VERSION`, where that is. */
  readonly modules?: string
  /** Absolute path of the configuration it was built with, where that is known; `/proc/config.gz` is compressed. */
  readonly config?: string
}
