import fs from 'node:fs/promises'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeAcl } from '../../lib/kernel/acl.ts'
import { encodeFileCapability } from '../../lib/kernel/file-capability.ts'
import { parseFileCapability } from '../../scenarios/kit/capability-text.ts'
import { directory, ext4, file, vfat } from '../../scenarios/kit/language.ts'
import { aclWith } from '../../scenarios/kit/named-entries.ts'
import { type CaseDisk, contentsOnDisk, foundOnDisk, Places } from '../../scenarios/kit/places.ts'
import { makeDisk } from '../../vm/image/disk.ts'
import { runDebugfs } from '../../vm/image/raw/debugfs.ts'
import type { Disk } from '../../vm/image/tree.ts'

function unmade(name: string): CaseDisk {
  return { name, spec: ext4({}), image: `/${name}.img` }
}

function layers(places: Places, hostPath: string): string[] {
  return places.layersOf(hostPath).map(({ label, disk, path: below }) => `${label}: ${disk.name}:${below}`)
}

describe('where a path lies on the disks', () => {
  test('is below the mount point’s disk', () => {
    const places = new Places()
    places.mountDisk('/srv', unmade('data'))
    expect(layers(places, '/srv')).toEqual(['data: data:.'])
    expect(layers(places, '/srv/shared/a')).toEqual(['data: data:shared/a'])
  })

  test('is where the source of a bind or idmapped mount lies, however often it is passed on', () => {
    const places = new Places()
    places.mountDisk('/srv', unmade('data'))
    places.alias('/plain', '/srv/shared')
    places.alias('/again', '/plain/below')
    expect(layers(places, '/plain')).toEqual(['data: data:shared'])
    expect(layers(places, '/again/a')).toEqual(['data: data:shared/below/a'])
  })

  test('is, for an overlay, the upper layer and then the lower', () => {
    const places = new Places()
    places.mountDisk('/base', unmade('base'))
    places.mountDisk('/uppers', unmade('uppers'))
    places.alias('/lower-one', '/base/rootfs')
    places.overlay('/one', '/uppers/one/upper', '/lower-one')
    expect(layers(places, '/one/etc/motd')).toEqual(['upper: uppers:one/upper/etc/motd', 'lower: base:rootfs/etc/motd'])
  })

  test('is decided by the longest mount point above it, and whole names only', () => {
    const places = new Places()
    places.mountDisk('/srv', unmade('outer'))
    places.mountDisk('/srv/inner', unmade('inner'))
    expect(layers(places, '/srv/inner/a')).toEqual(['inner: inner:a'])
    expect(layers(places, '/srv/inner-not/a')).toEqual(['outer: outer:inner-not/a'])
  })

  test('is nowhere for a path on none of the disks: the story is wrong', () => {
    const places = new Places()
    places.mountDisk('/srv', unmade('data'))
    for (const elsewhere of ['/etc/passwd', '/srvx', '/', 'srv'])
      expect(() => places.layersOf(elsewhere)).toThrow(new TypeError(`${elsewhere} is on none of the story's disks`))
    expect(() => places.alias('/a', '/nowhere')).toThrow(TypeError)
  })
})

describe('the owner on the disks', () => {
  let temporary: DirectoryResult
  const places = new Places()

  beforeAll(async () => {
    temporary = await temporaryDirectory({ unsafeCleanup: true })
    const base = await made('base', ext4({ etc: directory({ uid: 5 }), 'etc/motd': file('snow ä\n') }))
    await giveAttributes(base.image)
    places.mountDisk('/base', base)
    places.mountDisk('/upper', await made('up', ext4({ etc: directory({ uid: 100000, gid: 7 }) })))
    places.mountDisk('/stick', await made('stick', vfat({ 'a.txt': file('snow\n') }, { uid: 1000, gid: 100 })))
    places.overlay('/over', '/upper', '/base')
  })
  afterAll(() => temporary.cleanup())

  async function made(name: string, spec: Disk): Promise<CaseDisk> {
    const image = path.join(temporary.path, `${name}.img`)
    await makeDisk(image, spec)
    return { name, spec, image }
  }

  async function giveAttributes(image: string): Promise<void> {
    const value = path.join(temporary.path, 'value')
    const set = (name: string) => runDebugfs(image, [`ea_set -f ${value} /etc/motd ${name}`], { write: true })
    await fs.writeFile(value, encodeAcl(aclWith('u:60001:rw-,g:50:r-x,u:33:r--', 0o644)))
    await set('system.posix_acl_access')
    const capability = parseFileCapability('cap_net_raw,cap_net_bind_service=ep')
    await fs.writeFile(value, encodeFileCapability({ ...capability, version: 3, rootid: 60000 }))
    await set('security.capability')
  }

  test.each([
    ['/base/etc', 'base 5:5'],
    ['/base', 'base 0:0'],
    ['/base/absent', 'absent'],
    ['/over/etc', 'upper 100000:7'],
    ['/over/etc/motd', 'lower 0:0'],
    ['/over/absent', 'absent'],
    ['/stick', 'stick 1000:100'],
    ['/stick/a.txt', 'stick 1000:100'],
    ['/stick/absent.txt', 'absent'],
  ])('of %s is %s', async (hostPath, owner) => {
    expect(await foundOnDisk(places.layersOf(hostPath))).toBe(owner)
  })

  test('of what is in memory only is on no disk', async () => {
    places.inMemory('/scratch')
    expect(await foundOnDisk(places.layersOf('/scratch/a'))).toBe('-')
  })

  test.each([
    ['/base/etc', 'mode', 'base 0755'],
    ['/base/etc', 'acl', 'base none'],
    ['/base/etc/motd', 'acl', 'base u:33:r--,u:60001:rw-,g:50:r-x'],
    ['/over/etc/motd', 'acl', 'lower u:33:r--,u:60001:rw-,g:50:r-x'],
    ['/base/etc/motd', 'capability', 'base cap_net_bind_service,cap_net_raw=ep [rootid=60000]'],
    ['/base/absent', 'acl', 'absent'],
    ['/stick/a.txt', 'acl', 'stick none'],
    ['/stick/absent.txt', 'mode', 'absent'],
  ] as const)('or what else is told of %s, its %s, is %s', async (hostPath, aspect, found) => {
    expect(await foundOnDisk(places.layersOf(hostPath), aspect)).toBe(found)
  })

  test('the bytes are shown as text, and an absent file as absent', async () => {
    const read = async (hostPath: string) => {
      const [layer] = places.layersOf(hostPath)
      return layer === undefined ? undefined : contentsOnDisk(layer.disk, layer.path)
    }
    expect(await read('/base/etc/motd')).toBe('"snow ä\\n"')
    expect(await read('/stick/a.txt')).toBe('"snow\\n"')
    expect(await read('/base/absent')).toBe('absent')
    expect(await read('/stick/absent')).toBe('absent')
  })
})
