import { directory, ext4, file, lxcIdmap, mountMap, proxmoxIdmap, scenario, vfat } from './kit/language.ts'

const redMap = lxcIdmap('b 0 100000 65536')
const blueMap = lxcIdmap('u 0 200000 65536; g 0 300000 65536')
// On the disk everybody is who they are inside.
const asInside = proxmoxIdmap('u:0:0:65536 g:0:0:65536')

export default scenario(
  import.meta.url,
  {
    title: 'Two containers with different id maps write to one directory, and user 1000 of each is the same user in it',
    promisedBy: 'https://lore.kernel.org/r/20210121131959.646623-1-christian.brauner@ubuntu.com',
    needs: [{ idmappedMountsOn: 'data' }, { aclsOn: 'data' }, { idmappedMountsOn: 'stick' }],
    disks: {
      data: ext4({
        team: directory({ uid: 1000, gid: 50, mode: 0o2775 }),
        'team/plan': file('snow\n', { uid: 1000, gid: 50, mode: 0o660 }),
        'team/of-65535': file('', { uid: 65535 }),
        'team/of-100000': file('', { uid: 100000 }),
      }),
      stick: vfat({ 'song.txt': file('snow\n') }, { uid: 1000, gid: 1000 }),
    },
  },
  async ({ host, disks, chapter }) => {
    const red = await host.container('red', { idmap: redMap })
    const blue = await host.container('blue', { idmap: blueMap })
    const adaInRed = await red.user(1000, { groups: [50] })
    const adaInBlue = await blue.user(1000, { groups: [50] })
    const bobInRed = await red.user(1001, { groups: [50] })

    chapter('What one makes belongs to the same user in the other; the disk holds one id for both')
    await host.mount(disks.data, '/srv')
    await host.idmappedMount('/srv/team', '/red', mountMap({ container: redMap, disk: asInside }))
    await host.idmappedMount('/srv/team', '/blue', mountMap({ container: blueMap, disk: asInside }))
    await adaInRed.create('/red/by-red', 'snow')
    await adaInBlue.append('/blue/by-red', ' and more snow')
    await adaInBlue.create('/blue/by-blue')
    await adaInRed.chmod('/red/by-blue', 0o600)
    await adaInRed.setAcl('/red/plan', 'u:1001:r--')
    await bobInRed.isRefused('EACCES').write('/red/by-blue', 'mine')
    await bobInRed.isRefused('EACCES').write('/red/plan', 'mine')
    await blue.root.create('/blue/letter')
    await blue.root.chown('/blue/letter', 1001, 50)
    await bobInRed.append('/red/letter', 'dear')
    await red.sees(`
      /red           disk           host           container
      .              1000:50        101000:100050  1000:50
      plan           1000:50        101000:100050  1000:50
      plan [acl]     u:1001:r--     u:101001:r--   u:1001:r--
      by-red         1000:50        101000:100050  1000:50
      by-blue        1000:50        101000:100050  1000:50
      by-blue [mode]  0600          0600           0600
      letter         1001:50        101001:100050  1001:50
      of-65535       65535:65535    165535:165535  65535:65535
      of-100000      100000:100000  65534:65534    65534:65534
    `)
    await blue.sees(`
      /blue          disk           host           container
      .              1000:50        201000:300050  1000:50
      plan           1000:50        201000:300050  1000:50
      plan [acl]     u:1001:r--     u:201001:r--   u:1001:r--
      by-red         1000:50        201000:300050  1000:50
      by-blue        1000:50        201000:300050  1000:50
      letter         1001:50        201001:300050  1001:50
      of-65535       65535:65535    265535:365535  65535:65535
      of-100000      100000:100000  65534:65534    65534:65534
    `)
    disks.data.holds('team/by-red', 'snow and more snow')

    chapter('Through the other’s mount, or through none with a map, the directory is a stranger’s')
    await host.bind('/srv/team', '/plain')
    await adaInRed.isRefused('EOVERFLOW').create('/blue/by-red-too')
    await adaInRed.isRefused('EACCES').write('/blue/plan', 'mine')
    await adaInBlue.isRefused('EACCES').create('/plain/by-blue-too')
    await red.root.isRefused('EPERM').chown('/plain', 1000, 50)

    chapter('The same on a stick that stores no owner')
    await host.mount(disks.stick, '/stick')
    await host.idmappedMount('/stick', '/red-stick', mountMap({ container: redMap, disk: asInside }))
    await host.idmappedMount('/stick', '/blue-stick', mountMap({ container: blueMap, disk: asInside }))
    await adaInRed.create('/red-stick/by-red.txt', 'snow')
    await adaInBlue.append('/blue-stick/by-red.txt', ' and more snow')
    await bobInRed.isRefused('EACCES').write('/red-stick/by-red.txt', 'mine')
    await red.sees(`
      /red-stick     disk           host           container
      by-red.txt     1000:1000      101000:101000  1000:1000
    `)
    await blue.sees(`
      /blue-stick    disk           host           container
      by-red.txt     1000:1000      201000:301000  1000:1000
      song.txt       1000:1000      201000:301000  1000:1000
    `)
    disks.stick.holds('by-red.txt', 'snow and more snow')
  },
)
