import { expect, it } from 'vitest'
import { runInGuest, startGuest } from './lab.ts'
import { madeReady } from './ready.ts'

type Said = { readonly name: string; readonly state: 'yes' | 'no' | 'unknown'; readonly standing?: string }

/** What each of Debian's kernels is known to have; its table says so too. */
const has: Readonly<Record<string, readonly string[]>> = {
  '5.10': [],
  '6.1': ['mountSetattr', 'ext4'],
  '6.12': ['mountSetattr', 'overlayOverIdmapped', 'statmount', 'listmount', 'ext4', 'tmpfs', 'hugetlbfs'],
  '7.3': ['openTreeAttr', 'replaceIdmap', 'statmountMapsOffered', 'statmount', 'ext4', 'tmpfs', 'hugetlbfs', 'overlay'],
}

await madeReady(...Object.keys(has))

it.each(Object.keys(has))('on Linux %s the probe and the tables agree', async kernel => {
  await using guest = await startGuest({ limits: { call: 60_000 } }, kernel)
  const said = JSON.parse(await runInGuest(guest, new URL('acts/against-tables.ts', import.meta.url))) as Said[]
  const found = said.filter(({ state }) => state === 'yes').map(({ name }) => name)
  expect(found).toEqual(expect.arrayContaining([...(has[kernel] ?? [])]))
  expect(said.filter(({ standing = 'agrees' }) => standing !== 'agrees')).toEqual([])
})
