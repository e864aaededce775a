import { directory, ext4, file, KNOWN_BUGS, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

const box = lxcIdmap('b 0 100000 65536')
const map = mountMap({ container: box, disk: proxmoxIdmap('u:0:0:65536 g:0:0:65536') })

/** Two pages that nobody has read: whoever is entitled to know is told that neither is in memory, and everybody else that both are. */
const pages = 'snow'.repeat(2048)
const [KNOWS, MUST_NOT_KNOW] = ['00', '11']

export default scenario(
  import.meta.url,
  {
    title: 'The owner through the mount learns what of a file is in memory; the owner on the disk does not',
    promisedBy: 'https://git.kernel.org/linus/134fca9063ad',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: { data: ext4({ home: directory({ uid: 1000 }), 'home/secret': file(pages, { uid: 1000, mode: 0o444 }) }) },
    bug: KNOWN_BUGS.mincoreOwner,
  },
  async ({ host, disks, chapter, shows, is }) => {
    await host.mount(disks.data, '/srv')
    await host.idmappedMount('/srv/home', '/mapped', map)
    const container = await host.container('box', { idmap: box })
    const owner = await container.user(1000)
    const namesake = await host.user(1000)

    chapter('A file of disk uid 1000 that all may read and none may write, looked at by mincore(2)')
    is('host uid 1000 where nothing is mapped', await namesake.residentPages('/srv/home/secret', 2), KNOWS)
    is('box uid 1000 where nothing is mapped', await owner.residentPages('/srv/home/secret', 2), MUST_NOT_KNOW)
    shows('box uid 1000 through the idmapped mount', await owner.residentPages('/mapped/secret', 2), {
      mended: KNOWS,
      buggy: MUST_NOT_KNOW,
    })
    shows('host uid 1000 through the idmapped mount', await namesake.residentPages('/mapped/secret', 2), {
      mended: MUST_NOT_KNOW,
      buggy: KNOWS,
    })
  },
)
