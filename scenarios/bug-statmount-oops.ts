import { directory, ext4, KNOWN_BUGS, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

const map = mountMap({ container: lxcIdmap('b 0 100000 65536'), disk: proxmoxIdmap('u:0:0:65536 g:0:0:65536') })

export default scenario(
  import.meta.url,
  {
    title: 'Who asks statmount for the map of an idmapped mount is told, and survives it',
    promisedBy: 'https://man7.org/linux/man-pages/man2/statmount.2.html',
    needs: [{ idmappedMountsOn: 'data' }, { feature: 'statmountMapsOffered' }],
    disks: { data: ext4({ home: directory({ uid: 1000 }) }) },
    bug: KNOWN_BUGS.statmountOops,
  },
  async ({ host, disks, chapter, is }) => {
    await host.mount(disks.data, '/srv')
    await host.idmappedMount('/srv/home', '/mapped', map)
    chapter('A process of its own asks')
    is('the map of a mount without one', await host.askForMap('/srv'), 'no map')
    is('the map of the idmapped mount', await host.askForMap('/mapped'), '0 100000 65536')
  },
)
