import { file, lxcIdmap, mountMap, proxmoxIdmap, scenario, vfat } from './kit/language.ts'

const aliceMap = lxcIdmap('b 0 100000 65536')
const bobMap = lxcIdmap('b 0 200000 65536')
const carolMap = lxcIdmap('b 0 300000 65536')

export default scenario(
  import.meta.url,
  {
    title: 'One USB stick, in two places at once, belongs to two users; a third has no map and no say',
    promisedBy: 'https://git.kernel.org/linus/4b7899368108',
    needs: [{ idmappedMountsOn: 'stick' }],
    disks: {
      // vfat stores no owner: the mount's uid=1000,gid=1000 are the disk's side of every map.
      stick: vfat({ 'readme.txt': file('made of snow\n'), 'old.txt': file('old snow\n') }, { uid: 1000, gid: 1000 }),
    },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.stick, '/media/stick')
    const forAlice = mountMap({ container: aliceMap, disk: proxmoxIdmap('u:1000:1000:1 g:100:1000:1') })
    const forBob = mountMap({ container: bobMap, disk: proxmoxIdmap('u:1000:1000:1 g:1000:1000:1') })
    await host.idmappedMount('/media/stick', '/media/alice', forAlice)
    await host.idmappedMount('/media/stick', '/media/bob', forBob)
    await host.bind('/media/stick', '/media/carol')
    const aliceBox = await host.container('alice', { idmap: aliceMap })
    const bobBox = await host.container('bob', { idmap: bobMap })
    const carolBox = await host.container('carol', { idmap: carolMap })
    const alice = await aliceBox.user(1000, { gid: 100 })
    const bob = await bobBox.user(1000)
    const carol = await carolBox.user(1000)

    chapter('Alice and Bob both own the stick, each under the ids of their own container')
    await alice.create('/media/alice/photo.txt', 'a photo of snow\n')
    await alice.mkdir('/media/alice/album')
    await bob.append('/media/bob/photo.txt', 'seen by Bob\n')
    await bob.create('/media/bob/album/song.txt', 'let it snow\n')
    await bob.unlink('/media/bob/old.txt')
    await alice.isRefused('EPERM').symlink('photo.txt', '/media/alice/link')
    await alice.isRefused('EOVERFLOW').chown('/media/alice/photo.txt', 1001, 100)
    await aliceBox.root.isRefused('EOVERFLOW').create('/media/alice/by-root.txt')
    await aliceBox.sees(`
      /media/alice    disk       host           container
      .               1000:1000  101000:100100  1000:100
      readme.txt      1000:1000  101000:100100  1000:100
      photo.txt       1000:1000  101000:100100  1000:100
      album           1000:1000  101000:100100  1000:100
      album/song.txt  1000:1000  101000:100100  1000:100
    `)
    await bobBox.sees(`
      /media/bob      disk       host           container
      .               1000:1000  201000:201000  1000:1000
      readme.txt      1000:1000  201000:201000  1000:1000
      photo.txt       1000:1000  201000:201000  1000:1000
      album/song.txt  1000:1000  201000:201000  1000:1000
    `)

    chapter('Carol sees the stick through a plain bind mount: it is nobody’s')
    await carol.isRefused('EACCES').create('/media/carol/mine.txt')
    await carolBox.root.isRefused('EACCES').write('/media/carol/readme.txt', 'mine')
    await carolBox.root.isRefused('EPERM').chown('/media/carol/readme.txt', 0, 0)
    await carolBox.sees(`
      /media/carol    disk       host       container
      .               1000:1000  1000:1000  65534:65534
      readme.txt      1000:1000  1000:1000  65534:65534
      photo.txt       1000:1000  1000:1000  65534:65534
      album/song.txt  1000:1000  1000:1000  65534:65534
    `)

    chapter('The raw stick holds what was written, and nothing else')
    disks.stick.holds('readme.txt', 'made of snow\n')
    disks.stick.holds('photo.txt', 'a photo of snow\nseen by Bob\n')
    disks.stick.holds('album/song.txt', 'let it snow\n')
    disks.stick.hasOnly(['readme.txt', 'photo.txt', 'album/', 'album/song.txt'])
  },
)
