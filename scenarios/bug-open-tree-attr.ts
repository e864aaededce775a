import { directory, ext4, KNOWN_BUGS, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

const container = lxcIdmap('b 0 100000 65536')
const first = mountMap({ container, disk: proxmoxIdmap('u:1000:1000:1 g:1000:1000:1') })
const second = mountMap({ container, disk: proxmoxIdmap('u:2000:1000:1 g:2000:1000:1') })

export default scenario(
  import.meta.url,
  {
    title: 'The map of a mount that has one stays: open_tree_attr changes only copies',
    promisedBy: 'https://man7.org/linux/man-pages/man2/open_tree.2.html',
    needs: [{ idmappedMountsOn: 'data' }, { feature: 'openTreeAttr' }],
    disks: { data: ext4({ home: directory({ uid: 1000 }) }) },
    bug: KNOWN_BUGS.openTreeAttrHole,
  },
  async ({ host, disks, chapter, is, shows }) => {
    await host.mount(disks.data, '/srv')
    chapter('A detached mount of disk 1000 with a map to host 101000 is asked to have another')
    const changed = await host.detachedMount('/srv/home', first)
    is('its root directory, before', await changed.owner(), '101000:101000')
    shows('another map for the mount itself', await changed.change(second), { mended: 'EPERM', buggy: 'success' })
    shows('its root directory, after', await changed.owner(), { mended: '101000:101000', buggy: '102000:102000' })

    chapter('Another is asked to have none')
    const cleared = await host.detachedMount('/srv/home', first)
    shows('no map for the mount itself', await cleared.clear(), { mended: 'EINVAL', buggy: 'success' })
    shows('its root directory, after', await cleared.owner(), { mended: '101000:101000', buggy: '1000:1000' })
  },
)
