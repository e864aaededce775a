/**
 * Who has which ids of this host, and leases of ranges that nobody else has. Reads and writes files; Linux.
 *
 * @module idmaplab/ranges
 */

export { ANYWHERE, allocate, lowPiece, type PieceRequest, topPiece } from './allocate.ts'
export type { CollisionRule } from './clash.ts'
export { type Collision, findCollisions } from './collisions.ts'
export { type Gap, NothingFitsError, type RangesCode, RangesError } from './error.ts'
export { type HostIdsInUse, readHost } from './host.ts'
export { containerMap, hostRanges, imageMountMap, LEASE_NAME, type Lease } from './lease.ts'
export {
  type Leased,
  type LeaseRequest,
  leaseRange,
  type Released,
  releaseRange,
} from './leasing.ts'
export { type Bounds, type LoginDefs, parseLoginDefs } from './login-defs.ts'
export { findLease, leasedRanges, type RangesPlace, readLeases, registryOf } from './registry.ts'
export { NEVER_GIVEN, RESERVATIONS, type Reservation, reservedRanges } from './reservations.ts'
export {
  type AccountHolder,
  type Holder,
  holderText,
  type LeaseHolder,
  type NamespaceHolder,
  type OutsideHolder,
  type ReservationHolder,
  type SubidHolder,
  type UsedRange,
} from './used-range.ts'
