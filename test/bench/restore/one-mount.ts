import {
  directory,
  ext4,
  file,
  lxcIdmap,
  proxmoxIdmap,
  resolveMountMap,
  scenario,
} from '../../../scenarios/kit/language.ts'

const container = lxcIdmap('b 0 100000 65536')

/** What a user tries first. */
export const oneMount = scenario(
  import.meta.url,
  {
    title: 'One idmapped mount, two paths seen three ways',
    promisedBy: 'https://man7.org/linux/man-pages/man2/mount_setattr.2.html',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: { data: ext4({ shared: directory(), 'shared/of-0': file('snow\n') }) },
  },
  async ({ host, disks }) => {
    await host.mount(disks.data, '/srv')
    await host.idmappedMount(
      '/srv/shared',
      '/mapped',
      resolveMountMap({ container, exceptions: proxmoxIdmap('u:0:0:65536 g:0:0:65536') }).map,
    )
    const box = await host.container('box', { idmap: container })
    await box.root.create('/mapped/new')
    await box.sees(`
      /mapped  disk  host           container
      of-0     0:0   100000:100000  0:0
      new      0:0   100000:100000  0:0
    `)
  },
)
