import { directory, ext4, file, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

export default scenario(
  import.meta.url,
  {
    title:
      'Bind mounts and user namespaces are what they were; a map for a mount came with Linux 5.12, and is ENOSYS before',
    promisedBy: 'https://man7.org/linux/man-pages/man2/mount_setattr.2.html',
    needs: [],
    disks: {
      data: ext4({
        'of-1005': file('snow\n', { uid: 1005 }),
        'of-101005': file('', { uid: 101005, gid: 201005 }),
        inbox: directory({ uid: 101005, gid: 201005 }),
      }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.data, '/srv')
    await host.bind('/srv', '/plain')
    const container = lxcIdmap('u 0 100000 65536; g 0 200000 65536')

    chapter('A plain bind mount changes no id, and a user namespace shows its own')
    const box = await host.container('box', { idmap: container })
    const user = await box.user(1005)
    await user.create('/plain/inbox/by-1005')
    await user.isRefused('EACCES').append('/plain/of-1005', 'rain\n')
    await user.isRefused('EPERM').chown('/plain/of-101005', 1006, 1005)
    await box.root.chown('/plain/of-101005', 1006, 1006)
    await box.root.isRefused('EPERM').chown('/plain/of-1005', 1005, 1005)
    await box.sees(`
      /plain         disk           host           container
      of-1005        1005:1005      1005:1005      65534:65534
      of-101005      101006:201006  101006:201006  1006:1006
      inbox/by-1005  101005:201005  101005:201005  1005:1005
    `)

    chapter('A map for the mount')
    const map = mountMap({ container, disk: proxmoxIdmap('u:1005:1005:1 g:1005:1005:1') })
    if (await host.takesMap('/srv', { since: '5.12' })) {
      await host.idmappedMount('/srv', '/mapped', map)
      await user.append('/mapped/of-1005', 'more snow\n')
      await box.sees(`
        /mapped        disk           host           container
        of-1005        1005:1005      101005:201005  1005:1005
        inbox/by-1005  101005:201005  65534:65534    65534:65534
      `)
      disks.data.holds('of-1005', 'snow\nmore snow\n')
    } else {
      await host.isRefused('ENOSYS').idmappedMount('/srv', '/mapped', map)
      disks.data.holds('of-1005', 'snow\n')
    }
  },
)
