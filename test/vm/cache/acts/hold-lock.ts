import { once } from 'node:events'
import { withLock } from '../../../../vm/cache/lock.ts'

const [file = ''] = process.argv.slice(2)
await withLock(
  file,
  async () => {
    console.log('held')
    await once(process.stdin.resume(), 'end')
  },
  { onWait: () => console.log('waiting') },
)
console.log('released')
