/**
 * The space an id belongs to; the same number is somebody else in another one. Any name may be used for a space of
 * one's own (a nested namespace, a second container); these four are the ones the library speaks of.
 *
 * - `disk`: what the inode stores (raw superblock ids)
 * - `host`: the id in the initial user namespace, which `ls -n` on the host shows through a mount
 * - `container`: the id inside a container's user namespace
 * - `image`: what a container image was built with, where that is shifted on its way to the disk
 */
export type Space = 'disk' | 'host' | 'container' | 'image' | (string & {})
