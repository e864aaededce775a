import fs from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { bundleAgent, bundleLoader } from '../../../vm/guest/bundle.ts'
import { scratchCache } from '../cache/scratch.ts'

test('the loader has nothing of the code under test in it, so that an edit of lib/ leaves every snapshot valid', async () => {
  const { dir } = await bundleLoader(await scratchCache())
  const loader = await fs.readFile(path.join(dir, 'loader.mjs'), 'utf8')
  const agent = await bundleAgent()
  for (const ours of ['mount_setattr', 'setresuid']) {
    expect(agent).toContain(ours)
    expect(loader).not.toContain(ours)
  }
})

test('the same loader is the same entry of the cache', async () => {
  const cache = await scratchCache()
  expect(await bundleLoader(cache)).toEqual(await bundleLoader(cache))
})
