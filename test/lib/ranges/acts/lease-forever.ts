import fs from 'node:fs'
import { leaseRange, releaseRange } from '../../../../lib/ranges/leasing.ts'

/** Leases and releases until it is killed, and says each time what is done, or is about to be undone. */
const [root = '', registry = '', prefix = ''] = process.argv.slice(2)
const say = (line: string) => fs.writeSync(1, `${line}\n`)
for (let turn = 0; ; turn++) {
  const name = `${prefix}${turn}`
  const { lease } = await leaseRange({ name, owner: prefix, count: 1000, subids: turn % 2 === 0 }, { root, registry })
  say(`leased ${name} ${lease.pieces[0]?.to}`)
  if (turn % 3 === 2) continue
  say(`releasing ${name}`)
  await releaseRange(name, { root, registry })
}
