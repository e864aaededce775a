import fs from 'node:fs'
import os from 'node:os'
import { afterEach, beforeEach, expect } from 'vitest'
import { type Caller, here } from '../../../lib/kernel/caller.ts'
import { closeFd, openDetachedCopy } from '../../../lib/kernel/mount.ts'
import { describeMount, listMounts } from '../../../lib/kernel/mount-facts.ts'
import { syscallNumbers } from '../../../lib/kernel/syscall-numbers.ts'
import { TestBed } from './looking.ts'
import { both, noIdmappedTmpfs, testUnless } from './native.ts'
import { runsAtLeast } from './running-kernel.ts'

const natively = testUnless(noIdmappedTmpfs)
const map = both<'disk', 'host'>([0, 100000, 65536])

let bed: TestBed
let mapped: string
beforeEach(() => {
  if (noIdmappedTmpfs !== undefined) return
  bed = new TestBed()
  mapped = bed.idmapped(bed.mount('source', 'tmpfs', { source: 'named' }), 'mapped', map)
})
afterEach(() => bed?.[Symbol.dispose]())

/** This process on a kernel from before Linux 6.8. */
const older: Caller = {
  name: undefined,
  get scratch() {
    return here().scratch
  },
  invoke(number, args) {
    const { statmount, listmount } = syscallNumbers
    return number === statmount || number === listmount ? -os.constants.errno.ENOSYS : here().invoke(number, args)
  },
}

natively('a mount is told by its path, or by a descriptor of anything on it', () => {
  const file = bed.file(bed.at('source'), 'file')
  const plain = { type: 'tmpfs', source: 'named', root: '/', mountPoint: bed.at('source'), map: { state: 'none' } }
  expect(describeMount(here(), bed.at('source'))).toMatchObject(plain)
  const fd = fs.openSync(file, 'r')
  expect(describeMount(here(), { fd })).toMatchObject(plain)
  fs.closeSync(fd)
})

natively('an idmapped mount is told with its map where the kernel gives it, else with the reason why not', () => {
  const told = describeMount(here(), mapped)
  if (!runsAtLeast('6.18')) expect(told?.map.state).toBe('hidden')
  else expect(told?.map.state === 'known' && told.map.map.uid.equals(map.uid)).toBe(true)
})

natively('a kernel without statmount is told by mountinfo, which knows only that there is a map', () => {
  expect(describeMount(older, mapped)).toMatchObject({
    type: 'tmpfs',
    mountPoint: mapped,
    from: 'mountinfo',
    map: { state: 'hidden', why: expect.stringMatching(/since Linux 6\.15/) },
  })
  expect(listMounts(older).find(({ mountPoint }) => mountPoint === mapped)).toEqual(describeMount(older, mapped))
})

natively('the list has every mount of the namespace, each as it is told by itself', () => {
  const all = listMounts(here())
  for (const place of [mapped, bed.at('source'), '/', '/proc'])
    expect(all.find(({ mountPoint }) => mountPoint === place)).toEqual(describeMount(here(), place))
})

natively('a detached mount is in no list', () => {
  const copy = openDetachedCopy(here(), mapped)
  expect(describeMount(here(), { fd: copy })).toBeUndefined()
  closeFd(here(), copy)
})
