import { expect, test } from 'vitest'
import { Audience } from '../../../ci/engine/audience.ts'
import type { Reporter, RunEvent } from '../../../ci/events.ts'

const event = (kernel: string): RunEvent => ({ type: 'kernel.ready', at: '', kernel, version: kernel })

/** Notes what it hears, and fails at one of these. */
function listener(failsAt = ''): Reporter & { heard: string[]; closed: boolean } {
  return {
    heard: [],
    closed: false,
    hear(event) {
      if (event.type !== 'kernel.ready') return
      if (event.kernel === failsAt) throw new Error(`no room for ${failsAt}`)
      this.heard.push(event.kernel)
    },
    async close() {
      if (failsAt === 'close') throw new Error('no room at the end')
      this.closed = true
    },
  }
}

test('a reporter that fails hears nothing more; the others, and the run, go on, and why is told at the end', async () => {
  const [good, bad, late] = [listener(), listener('6.12'), listener('close')]
  const audience = new Audience([bad, good, late])
  for (const kernel of ['6.1', '6.12', '7.3']) audience.hear(event(kernel))
  const failed = await audience.close()
  expect([bad.heard, bad.closed]).toEqual([['6.1'], false])
  expect([good.heard, good.closed]).toEqual([['6.1', '6.12', '7.3'], true])
  expect(late.heard).toEqual(['6.1', '6.12', '7.3'])
  expect(failed.map(String)).toEqual(['Error: no room for 6.12', 'Error: no room at the end'])
})
