import { describe, expect, it } from 'vitest'
import beforeIdmappedMounts from '../../scenarios/before-idmapped-mounts.ts'
import credentials from '../../scenarios/credentials-across-namespaces.ts'
import ext4 from '../../scenarios/ext4-shared-directory.ts'
import fsid from '../../scenarios/fsid-one-image-many-containers.ts'
import { failures } from '../../scenarios/kit/result.ts'
import type { Sabotage } from '../../scenarios/kit/sabotage.ts'
import lxcWiki from '../../scenarios/lxc-wiki-example.ts'
import overlay from '../../scenarios/overlay-shared-rootfs.ts'
import portableHome from '../../scenarios/portable-home.ts'
import hotplug from '../../scenarios/proxmox-hotplug.ts'
import mountPoint from '../../scenarios/proxmox-mount-point.ts'
import passthrough from '../../scenarios/proxmox-passthrough.ts'
import sharedNamespaces from '../../scenarios/proxmox-shared-namespaces.ts'
import ranges from '../../scenarios/ranges-that-never-meet.ts'
import superblock from '../../scenarios/superblock-from-a-namespace.ts'
import twoContainers from '../../scenarios/two-containers-one-directory.ts'
import vfat from '../../scenarios/vfat-usb-stick.ts'
import whatUid from '../../scenarios/what-uid-are-you-really.ts'
import { inWords, tell } from './lab.ts'

const stories = {
  ext4,
  vfat,
  overlay,
  mountPoint,
  passthrough,
  hotplug,
  sharedNamespaces,
  fsid,
  portableHome,
  twoContainers,
  whatUid,
  superblock,
  lxcWiki,
  ranges,
  credentials,
  beforeIdmappedMounts,
}

/** For each story and each thing broken: a line it must complain with. */
const broken: Record<keyof typeof stories, Partial<Record<Sabotage, string>>> = {
  beforeIdmappedMounts: {
    'swapped-columns': '/mapped/of-1005: container: expected 1005:1005 found 65534:65534',
    'exchanged-halves': '/mapped/of-1005: host: expected 101005:201005 found 201005:101005',
    'one-id-short': '/mapped/of-1005: host: expected 101005:201005 found ENOENT',
    'wrong-owner-on-disk': '/plain/of-1005: disk: expected 1005:1005 found 4242:1005',
    'wrong-bytes-on-disk': String.raw`data: the raw bytes of of-1005: expected "snow\nmore snow\n" found "rain\nmore rain\n"`,
  },
  ext4: {
    'swapped-columns': '/mapped/of-1005: container: expected 1005:1005 found 65534:65534',
    'exchanged-halves': '/apart/of-1005: container: expected 1005:1006 found 1006:1005',
    'one-id-short': '/mapped/of-165535: container: expected 65535:65535 found 65534:65534',
    'wrong-owner-on-disk': '/plain/of-0: disk: expected 0:0 found 4242:0',
  },
  vfat: {
    'swapped-columns': '/media/alice/readme.txt: container: expected 1000:100 found 65534:65534',
    'exchanged-halves': '/media/alice/readme.txt: host: expected 101000:100100 found 100100:101000',
    'wrong-bytes-on-disk': String.raw`stick: the raw bytes of readme.txt: expected "made of snow\n" found "made of rain\n"`,
  },
  overlay: {
    'swapped-columns': '/one/etc/hostname: container: expected 0:0 found 65534:65534',
    'exchanged-halves': '/two/home/ada/letter: host: expected 201000:300008 found 301000:200008',
    'one-id-short': '/one/home/last: host: expected 165535:165535 found 65534:65534',
    'wrong-owner-on-disk': '/two/home/ada/diary: disk: expected lower 1000:1000 found lower 4242:1000',
    'wrong-bytes-on-disk': String.raw`base: the raw bytes of rootfs/etc/motd: expected "made of snow\n" found "made of rain\n"`,
  },
  mountPoint: {
    'swapped-columns': 'box:/shared/of-1005: container: expected 1005:1005 found 65534:65534',
    'exchanged-halves': 'box:/both/of-1005: container: expected 1005:1006 found 1006:1005',
    'one-id-short': 'box:/shared/of-165535: container: expected 65535:65535 found 65534:65534',
    'wrong-owner-on-disk': 'box:/etc: disk: expected 0:0 found 4242:0',
    'wrong-bytes-on-disk': String.raw`data: the raw bytes of of-1005: expected "snow\nmore snow\n" found "rain\nmore rain\n"`,
  },
  passthrough: {
    'swapped-columns': 'other:/data/of-1005: container: expected 1005:100 found 65534:65534',
    'exchanged-halves': 'other:/data/of-0: host: expected 100000:200000 found 200000:100000',
    'one-id-short': 'other:/data/of-65535: container: expected 65535:65535 found 65534:65534',
    'wrong-owner-on-disk': 'box:/data/of-1005: disk: expected 1005:100 found 4242:100',
    'wrong-bytes-on-disk': String.raw`data: the raw bytes of of-1005: expected "snow\nmore snow\n" found "rain\nmore rain\n"`,
  },
  hotplug: {
    'swapped-columns': 'box:/data/of-1005: container: expected 1005:100 found 65534:65534',
    'exchanged-halves': 'box:/stick/photo.txt: host: expected 101005:100100 found 100100:101005',
    'one-id-short': 'box:/stick/photo.txt: container: expected 1005:100 found 65534:65534',
    'wrong-owner-on-disk': 'box:/data/of-100000: disk: expected 100000:100000 found 4242:100000',
    'wrong-bytes-on-disk': String.raw`stick: the raw bytes of song.txt: expected "let it snow\n" found "let it rain\n"`,
  },
  sharedNamespaces: {
    'swapped-columns': 'box:/e/of-1005: container: expected 7:8 found 65534:65534',
    'exchanged-halves': 'box:/e/of-1005: container: expected 7:8 found 8:7',
    'one-id-short': 'box:/a/of-1005: container: expected 1005:1005 found 65534:65534',
    'wrong-owner-on-disk': 'box:/j/of-1005: disk: expected 1005:1005 found 4242:1005',
    'wrong-bytes-on-disk': String.raw`data: the raw bytes of of-1005: expected "snow\nmore snow\n" found "rain\nmore rain\n"`,
  },
  fsid: {
    'swapped-columns': '/one/etc/hostname: container: expected 0:0 found 65534:65534',
    'one-id-short': '/two/home/last: container: expected 65535:65535 found 65534:65534',
    'wrong-owner-on-disk': '/one: disk: expected 300000:300000 found 4242:300000',
    'wrong-bytes-on-disk': String.raw`image: the raw bytes of rootfs/etc/hostname: expected "snow\none\n" found "rain\none\n"`,
  },
  portableHome: {
    'swapped-columns': 'laptop:/home/ada: host: expected 1000:1000 found 65534:65534',
    'one-id-short': 'laptop:/home/ada/diary [acl]: host: expected u:1005:r-- found ENOENT',
    'wrong-owner-on-disk': 'laptop:/home/ada/diary: disk: expected 60000:60000 found 4242:60000',
    'wrong-bytes-on-disk': String.raw`home: the raw bytes of ada/diary: expected "snow\nsnow on the laptop\n" found "rain\nrain on the laptop\n"`,
  },
  twoContainers: {
    'swapped-columns': '/red/plan: container: expected 1000:50 found 65534:65534',
    'exchanged-halves': '/blue/plan: host: expected 201000:300050 found 301000:200050',
    'one-id-short': '/blue/of-65535: host: expected 265535:365535 found 65534:65534',
    'wrong-owner-on-disk': '/red/plan: disk: expected 1000:50 found 4242:50',
    'wrong-bytes-on-disk':
      'stick: the raw bytes of by-red.txt: expected "snow and more snow" found "rain and more rain"',
  },
  superblock: {
    'swapped-columns': '/lent/home: host: expected 201005:300100 found 65534:65534',
    'exchanged-halves': '/lent/home: container: expected 1005:100 found 65534:65534',
    'one-id-short': '/lent/last: container: expected 65535:65535 found 65534:65534',
    'wrong-owner-on-disk': '/merged/secret: disk: expected lower 0:0 found lower 4242:0',
    'wrong-bytes-on-disk': String.raw`layers: the raw bytes of upper/readme: expected "snow\nmore snow\n" found "rain\nmore rain\n"`,
  },
  whatUid: {
    'swapped-columns': 'outer root: stat /one/diary: expected 1000:1005 found 65534:65534',
    'exchanged-halves': 'inner root: the owner of /one/diary as inspect sees it: expected 0:5 found 65534:65534',
    'one-id-short': 'host root: idmapped mount of /plain at /one: expected success found EINVAL',
    'wrong-owner-on-disk': 'the owner of /two/diary on the raw image: expected 60000:60001 found 4242:60001',
  },
  lxcWiki: {
    'swapped-columns': 'mapped:/shared/of-1005: container: expected 1005:1005 found 65534:65534',
    'wrong-owner-on-disk': 'box:/shared/of-1004: disk: expected 1004:1004 found 4242:1004',
    'wrong-bytes-on-disk': String.raw`data: the raw bytes of shared/of-1005: expected "snow\nmore snow\n" found "rain\nmore rain\n"`,
  },
  ranges: {
    'swapped-columns': '/web/etc/motd: container: expected 0:0 found 65534:65534',
    'one-id-short': '/web/etc/of-65535: container: expected 65535:65535 found 65534:65534',
    'wrong-owner-on-disk': '/web/etc/of-65535: disk: expected 65535:65535 found 4242:65535',
    'wrong-bytes-on-disk': String.raw`image: the raw bytes of rootfs/etc/motd: expected "snow\nweb\n" found "rain\nweb\n"`,
  },
  credentials: {
    'swapped-columns': 'fstat: one sees one /mapped/of-1000: expected 1000:1000 found 65534:65534',
    'wrong-owner-on-disk': '/mapped/of-1000: disk: expected 1000:1000 found 4242:1000',
    'wrong-bytes-on-disk': String.raw`data: the raw bytes of of-1000: expected "snow\n" found "rain\n"`,
  },
}

describe.each(Object.keys(stories) as (keyof typeof stories)[])('the %s story', name => {
  it('passes on the default kernel', async () => {
    const result = await tell(stories[name])
    expect(result.outcome, inWords(result)).toBe('PASS')
  })

  it.each(Object.entries(broken[name]))('fails with %s, and says where', async (sabotage, complaint) => {
    const result = await tell(stories[name], sabotage as Sabotage)
    expect(result.outcome, inWords(result)).toBe('FAIL')
    expect(failures(result)).toContain(complaint)
  })
})
