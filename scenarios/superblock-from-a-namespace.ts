import { directory, ext4, file, lxcIdmap, mountIdmap, scenario, vfat } from './kit/language.ts'

export default scenario(
  import.meta.url,
  {
    title:
      'A file system opened inside a container and mounted by the host has the container’s ids and the container’s rights',
    promisedBy: 'https://git.kernel.org/linus/e1c5ae59c0f22f7fe5c07fb5513a29e4aad868c9',
    needs: [{ idmappedMountsOn: 'layers' }, { overlayOver: 'layers' }],
    disks: {
      layers: ext4({
        lower: directory({ uid: 100000 }),
        'lower/readme': file('snow\n', { uid: 100000 }),
        'lower/secret': file('old snow\n', { uid: 0, mode: 0o600 }),
        upper: directory({ uid: 100000 }),
        work: directory({ uid: 100000 }),
        'hosts-upper': directory({ uid: 100000 }),
        'hosts-work': directory(),
      }),
      spare: ext4({}),
      stick: vfat({}, { uid: 0, gid: 0 }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.layers, '/layers')
    const box = await host.container('box', { idmap: lxcIdmap('b 0 100000 65536') })
    const other = await host.container('other', { idmap: lxcIdmap('u 0 200000 65536; g 0 300000 65536') })
    const user = await box.user(1005, { gid: 100 })

    chapter('tmpfs: whose namespace opened it, whose ids are in it; host root has none there')
    await host.delegatedMount('/scratch', { type: 'tmpfs', owner: box, options: { mode: '0755' } })
    await box.root.mkdir('/scratch/home')
    await box.root.chown('/scratch/home', 1005, 100)
    await user.create('/scratch/home/letter')
    await box.root.create('/scratch/last')
    await box.root.chown('/scratch/last', 65535, 65535)
    await host.root.isRefused('EOVERFLOW').create('/scratch/by-host')
    await other.root.isRefused('EOVERFLOW').create('/scratch/by-other')
    await box.sees(`
      /scratch     disk  host           container
      .            -     100000:100000  0:0
      home         -     101005:100100  1005:100
      home/letter  -     101005:100100  1005:100
      last         -     165535:165535  65535:65535
    `)

    chapter('overlayfs: it does below what the container may do, whoever asks it')
    const [lower, upper, work] = ['/layers/lower', '/layers/upper', '/layers/work']
    const layers = { lowerdir: lower, upperdir: upper, workdir: work, userxattr: true } as const
    await host.delegatedMount('/merged', { type: 'overlay', owner: box, options: layers })
    await host.overlay('/hosts', { lower, upper: '/layers/hosts-upper', work: '/layers/hosts-work' })
    await host.root.append('/merged/readme', 'more snow\n')
    await box.root.create('/merged/by-root')
    await host.root.isRefused('EACCES').append('/merged/secret', 'new snow\n')
    await host.root.append('/hosts/secret', 'new snow\n')
    await box.sees(`
      /merged  disk                 host           container
      /        upper 100000:100000  100000:100000  0:0
      readme   upper 100000:100000  100000:100000  0:0
      by-root  upper 100000:100000  100000:100000  0:0
      secret   lower 0:0            0:0            65534:65534
    `)
    await box.sees('/hosts  disk  host  container\nsecret  upper 0:0  0:0  65534:65534')
    disks.layers.holds('upper/readme', 'snow\nmore snow\n')

    chapter('ext4 and vfat are not for user namespaces, whoever creates what a container opened')
    const only =
      'may be created only by root of the initial user namespace (it has no FS_USERNS_MOUNT) (fsconfig: EPERM)'
    const spare = { type: 'ext4', owner: box, disk: disks.spare } as const
    await host.isRefused('EPERM', `ext4 ${only}`).delegatedMount('/ext4', spare)
    await host
      .isRefused('EPERM', 'e ext4: VFS: Mounting from non-initial user namespace is not allowed (fsconfig: EPERM)')
      .delegatedMount('/ext4', { ...spare, createdBy: 'host' })
    await host
      .isRefused('EPERM', `vfat ${only}`)
      .delegatedMount('/vfat', { type: 'vfat', owner: box, disk: disks.stick })

    chapter('A mount map on top leads the container’s ids to another’s; its own namespace would change nothing')
    const forOther = mountIdmap('u:0:200000:65536 g:0:300000:65536')
    await host.isRefused('EINVAL').idmappedMount('/scratch', '/same', box)
    if (await host.takesMap('/scratch', { since: '6.3' })) {
      await host.idmappedMount('/scratch', '/lent', forOther)
      await other.root.create('/lent/by-other')
      await other.sees(`
        /lent        disk  host           container
        .            -     200000:300000  0:0
        home         -     201005:300100  1005:100
        last         -     265535:365535  65535:65535
        by-other     -     200000:300000  0:0
      `)
      await box.sees('/scratch  disk  host  container\nby-other  -  100000:100000  0:0')
    } else await host.isRefused('EINVAL').idmappedMount('/scratch', '/lent', forOther)
    if (await host.takesMap('/merged', { since: '7.3' })) {
      await host.idmappedMount('/merged', '/lent-merged', forOther)
      await other.root.create('/lent-merged/by-other')
      await other.sees(`
        /lent-merged  disk                 host           container
        readme        upper 100000:100000  200000:300000  0:0
        by-other      upper 100000:100000  200000:300000  0:0
        secret        lower 0:0            65534:65534    65534:65534
      `)
    } else await host.isRefused('EINVAL').idmappedMount('/merged', '/lent-merged', forOther)
  },
)
