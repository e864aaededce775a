import { directory, ext4, KNOWN_BUGS, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

const box = lxcIdmap('b 0 100000 65536')
const strange = lxcIdmap('b 0 200000 65536')

export default scenario(
  import.meta.url,
  {
    title: 'Whom a mount gives no id can make no file in it, not even one without a name',
    promisedBy: 'https://docs.kernel.org/filesystems/idmappings.html',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: { data: ext4({ shared: directory({ uid: 1000, mode: 0o777 }) }) },
    bug: KNOWN_BUGS.unnamedFileOfNobody,
  },
  async ({ host, disks, chapter, shows, is }) => {
    await host.mount(disks.data, '/srv')
    await host.idmappedMount(
      '/srv/shared',
      '/mapped',
      mountMap({ container: box, disk: proxmoxIdmap('u:0:0:65536 g:0:0:65536') }),
    )
    const inside = await host.container('box', { idmap: box })
    const owner = await inside.user(1000)
    const outside = await host.container('strange', { idmap: strange })

    chapter('Who has an id on the disk owns the file there')
    const own = await host.unnamedFile(owner, '/mapped')
    is('O_TMPFILE of box uid 1000', own.answer, 'success')
    is('whose it is on the raw disk', own.onDisk, '1000:1000')

    chapter('Who has none is refused a name, and must be refused a file without one')
    for (const stranger of [host.root, outside.root]) {
      await stranger.isRefused('EOVERFLOW').create('/mapped/named')
      const lost = await host.unnamedFile(stranger, '/mapped')
      shows(`O_TMPFILE of ${stranger.name}`, lost.answer, { mended: 'EOVERFLOW', buggy: 'success' })
      shows('whose it is on the raw disk', lost.onDisk, { mended: 'no inode', buggy: '4294967295:4294967295' })
    }
  },
)
