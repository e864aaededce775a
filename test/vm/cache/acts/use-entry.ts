import { once } from 'node:events'
import { openCache } from '../../../../vm/cache/cache.ts'

/** Finds the entry `things/KEY` and uses it until its input ends. */
const [dir = '', key = ''] = process.argv.slice(2)
const cache = await openCache(dir)
console.log((await cache.find('things', key)) === undefined ? 'absent' : 'found')
await once(process.stdin.resume(), 'end')
