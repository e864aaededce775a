import { once } from 'node:events'
import { leaseRange } from '../../../../lib/ranges/leasing.ts'

/** Says that it is ready, waits for the end of its input, and leases one range. */
const [root = '', registry = '', name = ''] = process.argv.slice(2)
console.log('ready')
await once(process.stdin.resume(), 'end')
const { lease } = await leaseRange({ name, owner: 'alice', count: 65_536, subids: true }, { root, registry })
console.log(lease.pieces.map(({ to }) => to).join())
