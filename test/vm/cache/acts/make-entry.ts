import { once } from 'node:events'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openCache } from '../../../../vm/cache/cache.ts'

/** Makes the entry `things/one`, stopping half-way until its input ends; every make is counted in a file. */
const [dir = '', makes = ''] = process.argv.slice(2)
const cache = await openCache(dir)
const make = async (half: string): Promise<void> => {
  await appendFile(makes, 'made\n')
  await writeFile(join(half, 'first'), '1')
  console.log('half made')
  await once(process.stdin.resume(), 'end')
  await writeFile(join(half, 'second'), '2')
}
console.log(await cache.entry('things', 'one', make, { say: () => console.log('waiting') }))
