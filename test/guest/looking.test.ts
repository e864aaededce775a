import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PathInspection } from '../../lib/kernel/inspect/inspect.ts'
import type { ProbeReport } from '../../lib/kernel/probe/probe.ts'
import { ext4, vfat } from '../../scenarios/kit/language.ts'
import { makeDisk } from '../../vm/image/disk.ts'
import { runInGuest, startGuest } from './lab.ts'

type Shown = Pick<PathInspection, 'ids' | 'notes'> & { map: string; superblock: string; mounts: number }
type Seen = { stick: Shown; disk: Shown; lonely: Shown; process: number; probe: ProbeReport }

let images: DirectoryResult
beforeAll(async () => {
  images = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => images.cleanup())

async function lookOn(kernel: string): Promise<Seen> {
  const disks = await Promise.all(
    [vfat({}, { uid: 1000, gid: 100 }), ext4({})].map(async disk => {
      const image = path.join(images.path, `${kernel}-${disk.fs}`)
      await makeDisk(image, disk)
      return { serial: disk.fs, image, readOnly: false }
    }),
  )
  await using guest = await startGuest({ disks }, kernel)
  return JSON.parse(await runInGuest(guest, new URL('acts/look.ts', import.meta.url)))
}

const brief = ({ ids }: Shown) => ids.map(({ what, disk, host, seen }) => `${what} ${disk ?? '?'} ${host} ${seen}`)

describe.each(['6.1', '6.12'])('on Linux %s, which shows no mount’s map', kernel => {
  let seen: Seen
  beforeAll(async () => {
    seen = await lookOn(kernel)
  }, 180_000)

  it('a stick’s owner is told by the same file through the mount without a map', () => {
    expect(seen.stick.map).toBe('hidden')
    expect(brief(seen.stick)).toEqual(['owner 1000 101000 1000', 'group 100 100100 100'])
    expect(seen.stick.ids[0]?.words).toMatch(
      /^disk uid 1000 → host 101000 \(so it was seen; .*\) → container 1000 \(u 0 100000 65536\)$/,
    )
    expect(seen.stick.superblock).toBe('initial')
  })

  it('an ext4 file’s ACL too, and the map is likely the one with a name that agrees', () => {
    expect(brief(seen.disk)).toEqual([
      'owner 1005 101005 1005',
      'group 5 100005 5',
      'access ACL 33 100033 33',
      'access ACL 3000 nobody nobody',
    ])
    expect(seen.disk.notes.filter(note => note.startsWith('It may be'))).toEqual([
      'It may be the map named two-thousand: that agrees with every id seen here.',
    ])
  })

  it('without another mount of the file system it says that the disk could not be seen', () => {
    expect(brief(seen.lonely)).toEqual([
      'owner ? 101005 1005',
      'group ? 100005 5',
      'access ACL ? 100033 33',
      'access ACL ? nobody nobody',
    ])
    expect(seen.lonely.notes.join(' ')).toMatch(
      /What is on the disk was not seen .* no mount of the same file system without a map is in sight/,
    )
  })

  it('a probe finds what the kernel has, and what it lacks by the errno of the refusal', () => {
    const { features, filesystems } = seen.probe
    const state = Object.fromEntries(Object.entries(features).map(([name, answer]) => [name, answer.state]))
    const newer = kernel === '6.12'
    expect(state).toMatchObject({
      mountSetattr: 'yes',
      openTreeAttr: 'no',
      replaceIdmap: 'no',
      statmount: newer ? 'yes' : 'no',
      listmount: newer ? 'yes' : 'no',
      statmountMaps: 'no',
      idmapInUserNamespace: newer ? 'yes' : 'no',
      extentsPerMap: 'yes',
    })
    expect(filesystems.find(({ type }) => type === 'tmpfs')?.idmappedMount.state).toBe(newer ? 'yes' : 'no')
    expect(filesystems.find(({ type }) => type === 'overlay')?.inUserNamespace.state).toBe('yes')
    expect(seen.process).toBe(2)
  })
})
