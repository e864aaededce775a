/**
 * What is wrong with configurations, by themselves, with each other and with the host's files. Pure: no I/O, any platform.
 *
 * @module idmaplab/check
 */

export type { Finding, Rule, Severity, Subject, Where } from './finding.ts'
export { checkOne, type Target } from './one-map.ts'
export { checkSubids } from './subids.ts'
export { checkTogether, type DelegationFile, type HostIds } from './together.ts'
export { findingLines } from './words.ts'
