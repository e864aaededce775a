import { ext4, file, lxcIdmap, mountMap, proxmoxIdmap, scenario } from './kit/language.ts'

const oneIds = lxcIdmap('b 0 100000 65536')
const twoIds = lxcIdmap('b 0 200000 65536')

export default scenario(
  import.meta.url,
  {
    title: 'Whose ids a receiver sees: its own names for them, and nobody’s for those its namespace lacks',
    promisedBy: 'https://man7.org/linux/man-pages/man7/user_namespaces.7.html',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: {
      data: ext4({
        'of-1000': file('snow\n', { uid: 1000 }),
        'of-101000': file('', { uid: 101000 }),
        'of-201000': file('', { uid: 201000 }),
      }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.data, '/data')
    const map = mountMap({ container: oneIds, disk: proxmoxIdmap('u:1000:1000:1 g:1000:1000:1') })
    await host.idmappedMount('/data', '/mapped', map)
    const one = await host.container('one', { idmap: oneIds })
    const two = await host.container('two', { idmap: twoIds })
    const company = host.company({
      ...{ host: host.root, one: one.root, two: two.root },
      ...{
        carol: await host.user(1000),
        ada: await one.user(1000, { gid: 100 }),
        bob: await two.user(1000, { gid: 7 }),
      },
    })

    chapter('SO_PEERCRED: who connected')
    const everybody = `
      who    host           one          two
      host   0:0            65534:65534  65534:65534
      carol  1000:1000      65534:65534  65534:65534
      one    100000:100000  0:0          65534:65534
      ada    101000:100100  1000:100     65534:65534
      two    200000:200000  65534:65534  0:0
      bob    201000:200007  65534:65534  1000:7
    `
    await company.learn('SO_PEERCRED', everybody)

    chapter('SCM_CREDENTIALS: who sent; a claim must be of ids the sender may become, and is translated as well')
    await company.learn('SCM_CREDENTIALS', everybody)
    await company.learn(
      'SCM_CREDENTIALS',
      `
      who               host           one          two
      host as 100007:9  100007:9       7:65534      65534:65534
      one as 7:8        100007:100008  7:8          65534:65534
      one as 65536:0    EINVAL         EINVAL       EINVAL
      ada as 1000:100   101000:100100  1000:100     65534:65534
      ada as 0:0        EPERM          EPERM        EPERM
    `,
    )

    chapter('/proc/PID: whose a process is')
    await company.learn('/proc/PID', everybody)

    chapter('fstat of a descriptor that was passed: the map of the mount it was opened through goes with it')
    await company.learn(
      'fstat',
      `
      who                   host           one          two
      host /data/of-1000    1000:1000      65534:65534  65534:65534
      host /data/of-101000  101000:101000  1000:1000    65534:65534
      one /data/of-201000   201000:201000  65534:65534  1000:1000
      one /mapped/of-1000   101000:101000  1000:1000    65534:65534
      two /mapped/of-1000   101000:101000  1000:1000    65534:65534
      two /mapped/of-201000  65534:65534   65534:65534  65534:65534
    `,
    )
    await one.sees(`
      /mapped    disk           host           container
      of-1000    1000:1000      101000:101000  1000:1000
      of-201000  201000:201000  65534:65534    65534:65534
    `)
    disks.data.holds('of-1000', 'snow\n')
  },
)
