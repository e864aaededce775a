import { directory, ext4, file, lxcIdmap, proxmoxIdmap, resolveMountMap, scenario } from './kit/language.ts'

// The Proxmox wiki's example: container uid 1005 is host uid 1005, everybody else is shifted by 100000.
const wiki = lxcIdmap('b 0 100000 1005; b 1005 1005 1; b 1006 101006 64530')
const standard = lxcIdmap('b 0 100000 65536')

export default scenario(
  import.meta.url,
  {
    title: 'A host directory shared with an unprivileged container: who owns its files, and to whom',
    promisedBy: 'https://pve.proxmox.com/wiki/Unprivileged_LXC_containers',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: {
      data: ext4({
        shared: directory({ uid: 1005, mode: 0o777 }),
        'shared/of-0': file('', { uid: 0 }),
        'shared/of-1004': file('', { uid: 1004 }),
        'shared/of-1005': file('', { uid: 1005 }),
        'shared/of-1006': file('', { uid: 1006 }),
        'shared/of-100000': file('', { uid: 100000 }),
        'shared/of-165535': file('', { uid: 165535 }),
        'shared/of-4000000000': file('', { uid: 4000000000 }),
      }),
    },
  },
  async ({ host, disks, chapter, says }) => {
    await host.mount(disks.data, '/srv')

    chapter('A plain bind mount: the container must have been given uid 1005 itself')
    await host.bind('/srv/shared', '/plain')
    const wikiBox = await host.container('container', { idmap: wiki })
    const wikiUser = await wikiBox.user(1005, { groups: [1004] })
    await wikiBox.root.create('/plain/file-by-root')
    await wikiBox.root.mkdir('/plain/dir-by-root')
    await wikiBox.root.symlink('of-0', '/plain/link-by-root')
    await wikiBox.root.create('/plain/given-to-1006')
    await wikiBox.root.chown('/plain/given-to-1006', 1006, 1005)
    await wikiUser.create('/plain/file-by-1005')
    await wikiUser.mkdir('/plain/dir-by-1005')
    await wikiUser.symlink('of-1005', '/plain/link-by-1005')
    await wikiUser.chown('/plain/link-by-1005', 1005, 1004)
    await wikiBox.root.isRefused('EPERM').chown('/plain/of-0', 1005, 1005)
    await wikiBox.root.isRefused('EACCES').write('/plain/of-1004', 'mine')
    await wikiUser.isRefused('EPERM').chown('/plain/file-by-root', 1005, 1005)
    await wikiBox.sees(`
      /plain           disk                   host                   container
      .                1005:1005              1005:1005              1005:1005
      of-0             0:0                    0:0                    65534:65534
      of-1004          1004:1004              1004:1004              65534:65534
      of-1005          1005:1005              1005:1005              1005:1005
      of-1006          1006:1006              1006:1006              65534:65534
      of-100000        100000:100000          100000:100000          0:0
      of-165535        165535:165535          165535:165535          65535:65535
      of-4000000000    4000000000:4000000000  4000000000:4000000000  65534:65534
      file-by-root     100000:100000          100000:100000          0:0
      dir-by-root      100000:100000          100000:100000          0:0
      link-by-root     100000:100000          100000:100000          0:0
      given-to-1006    101006:1005            101006:1005            1006:1005
      file-by-1005     1005:1005              1005:1005              1005:1005
      dir-by-1005      1005:1005              1005:1005              1005:1005
      link-by-1005     1005:101004            1005:101004            1005:1004
    `)

    chapter('An idmapped mount gives the default container its 1005, without touching the container')
    const passed = resolveMountMap({ container: standard, exceptions: proxmoxIdmap('u:1005:1005:1 g:1005:1005:1') })
    await host.idmappedMount('/srv/shared', '/mapped', passed.map)
    const box = await host.container('container', { idmap: standard })
    const user = await box.user(1005, { groups: [1004] })
    await box.root.create('/mapped/file2-by-root')
    await box.root.symlink('of-0', '/mapped/link2-by-root')
    await box.root.mkdir('/mapped/dir-given-to-1005')
    await box.root.chown('/mapped/dir-given-to-1005', 1005, 1004)
    await user.create('/mapped/file2-by-1005')
    await user.mkdir('/mapped/dir2-by-1005')
    await user.symlink('of-1005', '/mapped/link2-by-1005')
    await user.chown('/mapped/link2-by-1005', 1005, 1004)
    says('stat(1) by uid 1005', await user.$`stat -c %u:%g /mapped/of-1005 /mapped/of-0`, '1005:1005\n65534:65534\n')
    await host.root.isRefused('EOVERFLOW').create('/mapped/by-host-root')
    await box.root.isRefused('EACCES').write('/mapped/of-0', 'mine')
    await box.root.isRefused('EOVERFLOW').chmod('/mapped/of-0', 0o600)
    await box.root.isRefused('EPERM').chown('/mapped/of-0', 1005, 1005)
    await user.isRefused('EOVERFLOW').unlink('/mapped/of-4000000000')
    await box.sees(`
      /mapped             disk                   host           container
      .                   1005:1005              101005:101005  1005:1005
      of-0                0:0                    65534:65534    65534:65534
      of-1004             1004:1004              65534:65534    65534:65534
      of-1005             1005:1005              101005:101005  1005:1005
      of-1006             1006:1006              65534:65534    65534:65534
      of-100000           100000:100000          100000:100000  0:0
      of-165535           165535:165535          165535:165535  65535:65535
      of-4000000000       4000000000:4000000000  65534:65534    65534:65534
      file2-by-root       100000:100000          100000:100000  0:0
      link2-by-root       100000:100000          100000:100000  0:0
      dir-given-to-1005   1005:101004            101005:101004  1005:1004
      file2-by-1005       1005:1005              101005:101005  1005:1005
      dir2-by-1005        1005:1005              101005:101005  1005:1005
      link2-by-1005       1005:101004            101005:101004  1005:1004
    `)

    chapter('Users and groups are two maps: uid 1005 stays 1005, gid 1005 on the disk is gid 1006 inside')
    const apart = resolveMountMap({ container: standard, exceptions: proxmoxIdmap('u:1005:1005:1 g:1006:1005:1') })
    await host.idmappedMount('/srv/shared', '/apart', apart.map)
    const apartBox = await host.container('container', { idmap: standard })
    const member = await apartBox.user(1005, { gid: 1006, groups: [1005] })
    await apartBox.root.create('/apart/file3-by-root')
    await apartBox.root.mkdir('/apart/dir3-by-root')
    await apartBox.root.symlink('of-0', '/apart/link3-by-root')
    await apartBox.root.chown('/apart/file3-by-root', 0, 1006)
    await member.create('/apart/file3-by-1005')
    await member.mkdir('/apart/dir3-by-1005')
    await member.symlink('of-1005', '/apart/link3-by-1005')
    await member.chown('/apart/link3-by-1005', 1005, 1005)
    await member.isRefused('EPERM').chown('/apart/file3-by-1005', 1004, 1006)
    await apartBox.sees(`
      /apart           disk                   host           container
      .                1005:1005              101005:101006  1005:1006
      of-0             0:0                    65534:65534    65534:65534
      of-1004          1004:1004              65534:65534    65534:65534
      of-1005          1005:1005              101005:101006  1005:1006
      of-1006          1006:1006              65534:65534    65534:65534
      of-100000        100000:100000          100000:100000  0:0
      of-165535        165535:165535          165535:165535  65535:65535
      of-4000000000    4000000000:4000000000  65534:65534    65534:65534
      file3-by-root    100000:1005            100000:101006  0:1006
      dir3-by-root     100000:100000          100000:100000  0:0
      link3-by-root    100000:100000          100000:100000  0:0
      file3-by-1005    1005:1005              101005:101006  1005:1006
      dir3-by-1005     1005:1005              101005:101006  1005:1006
      link3-by-1005    1005:101005            101005:101005  1005:1005
    `)
  },
)
