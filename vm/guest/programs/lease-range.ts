// Called by the agent: leases ids of the guest's host as any program does that has the library.
import { NothingFitsError, RangesError } from '../../../lib/ranges/error.ts'
import { type LeaseRequest, leaseRange } from '../../../lib/ranges/leasing.ts'

/** The pieces of the lease, or the sentence with which it was refused. */
export async function main(request: LeaseRequest): Promise<unknown> {
  try {
    const { lease } = await leaseRange(request)
    return { pieces: lease.pieces }
  } catch (error) {
    if (error instanceof NothingFitsError || error instanceof RangesError) return { refused: error.message }
    throw error
  }
}
