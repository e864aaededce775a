/**
 * What Linux supports by version, as far as it is a matter of versions. Pure: no I/O, any platform.
 *
 * @module idmaplab/model
 */

export { FILESYSTEMS, type FilesystemSupport, filesystemSupport } from './filesystems.ts'
export { type BugPresence, bugPresence, type Fix, KNOWN_BUGS, type KnownBug } from './known-bugs.ts'
export { type KernelIdentity, upstreamVersion } from './upstream-version.ts'
