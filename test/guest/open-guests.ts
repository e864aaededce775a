// Opens guests one after the other in the cache `$IDMAPLAB_CACHE` and says what came of it, as JSON; for snapshot-cache.test.ts.
import { readFile } from 'node:fs/promises'
import { openCache } from '../../vm/cache/cache.ts'
import { openGuest } from '../../vm/guest/open.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'

const [count = '1'] = process.argv.slice(2)
const notes: string[] = []
const progress = { ...silent, note: (line: string) => void notes.push(line) }
const cache = await openCache()
const kernel = await resolveKernel('6.12', { cache, progress })
const logFile = `${await cache.logs()}/console.log`
let restored = 0
for (let i = 0; i < Number(count); i++) {
  await using guest = await openGuest({ kernel, accelerator: 'tcg', disks: [], logFile }, cache, progress)
  await guest.call('file.stat', { actor: 0, path: '/' })
  if (guest.commandLine.includes('-incoming')) restored += 1
}
const booted = (await readFile(logFile, 'utf8')).split('idmaplab: init').length - 1
process.stdout.write(JSON.stringify({ notes, booted, restored }))
