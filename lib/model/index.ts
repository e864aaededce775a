/**
 * What Linux supports by version, as far as it is a matter of versions. Pure: no I/O, any platform.
 *
 * @module idmaplab/model
 */

export { FILESYSTEMS, type FilesystemSupport, filesystemSupport } from './filesystems.ts'
