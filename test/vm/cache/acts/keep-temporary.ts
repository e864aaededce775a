import { once } from 'node:events'
import { openCache } from '../../../../vm/cache/cache.ts'

const [dir = ''] = process.argv.slice(2)
const cache = await openCache(dir)
await using _kept = await cache.temporary()
console.log('made')
await once(process.stdin.resume(), 'end')
