// Restores a guest with an agent that was edited, in the cache `$IDMAPLAB_CACHE`, and says what was done for that, as JSON; for snapshot-cache.test.ts.
import { openCache } from '../../vm/cache/cache.ts'
import { gather } from '../../vm/guest/ingredients.ts'
import { restoreGuest } from '../../vm/guest/restore.ts'
import { goldenSnapshot } from '../../vm/guest/snapshot.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'

const [edit = ''] = process.argv.slice(2)
const steps: string[] = []
const cache = await openCache()
const kernel = await resolveKernel('6.12', { cache, progress: silent })
const found = await gather(kernel, 'tcg', { cache, progress: silent })
const ingredients = { ...found, agent: found.agent + edit }
const spec = { kernel, accelerator: 'tcg', disks: [], logFile: `${await cache.logs()}/console.log`, seed: '1' } as const
const progress = {
  ...silent,
  step<T>(name: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T> {
    steps.push(name)
    return work(() => {})
  },
}
const snapshot = await goldenSnapshot(ingredients, spec, { cache, progress })
await using guest = await restoreGuest(snapshot, ingredients, spec)
await guest.call('file.stat', { actor: 0, path: '/' })
process.stdout.write(JSON.stringify(steps))
