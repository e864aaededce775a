/** A kernel that can be booted: the image and, if it has any, its modules. */
export type Kernel = {
  /** What the user asked for: `6.12`, or the path of a bzImage. */
  readonly name: string
  /** What `uname -r` will say, e.g. `6.12.94+deb13-cloud-amd64`; read from the image itself. */
  readonly version: string
  /** Absolute path of a bzImage. */
  readonly image: string
  /** Absolute path of `lib/modules/VERSION` with a `modules.dep` in it; absent for a kernel without modules. */
  readonly modules?: string
  /** The Debian package it came from, e.g. `linux-image-6.12.94+deb13-cloud-amd64 6.12.94-1`. */
  readonly package?: string
  /** Hash of everything above that decides how it boots: part of every cache key that stands on this kernel. */
  readonly id: string
}
