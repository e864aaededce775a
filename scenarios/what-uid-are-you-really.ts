import { ext4, file, lxcIdmap, mountIdmap, scenario } from './kit/language.ts'

const powerless =
  'The container’s root has no power over it: capabilities count for a file only where its owner and group both have an id.'

export default scenario(
  import.meta.url,
  {
    title: 'What uid are you really? One file through two maps, seen from the host, a container, and one inside it',
    promisedBy: 'https://lore.kernel.org/r/20201029003252.2128653-1-christian.brauner@ubuntu.com',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: { data: ext4({ diary: file('', { uid: 60000, gid: 60001 }) }) },
  },
  async ({ host, disks, chapter }) => {
    await host.mount(disks.data, '/plain')
    await host.idmappedMount('/plain', '/one', mountIdmap('u:60000:101000:1 g:60001:101005:1'))
    await host.idmappedMount('/plain', '/two', mountIdmap('u:60000:201000:1 g:60001:101005:1'))
    const outer = await host.container('outer', { idmap: lxcIdmap('b 0 100000 65536') })
    const inner = await host.container('inner', { idmap: lxcIdmap('b 0 1000 1000'), within: outer })
    // Before 6.17.10 asking for a mount's map could crash the kernel, so nobody asks; of later lines every kernel shows it.
    const shown = await host.showsMap('/one', { since: '6.18' })
    const by = (extent: string) => (shown ? extent : 'so it was seen; this kernel does not show the map')

    chapter('Through a map that leads into both containers')
    const uid = `owner: disk uid 60000 → host 101000 (${by('u 60000 101000 1')})`
    const gid = `group: disk gid 60001 → host 101005 (${by('g 60001 101005 1')})`
    await host.inspects('/one/diary', '101000:101005', `${uid}\n${gid}`)
    await outer.inspects(
      '/one/diary',
      '1000:1005',
      `${uid} → container 1000 (u 0 100000 65536)
       ${gid} → container 1005 (g 0 100000 65536)`,
    )
    await inner.inspects(
      '/one/diary',
      '0:5',
      `${uid} → outer 1000 (u 0 100000 65536) → container 0 (u 0 1000 1000)
       ${gid} → outer 1005 (g 0 100000 65536) → container 5 (g 0 1000 1000)`,
    )

    chapter('Through a map whose uid leads elsewhere')
    const lost = `owner: disk uid 60000 → host 201000 (${by('u 60000 201000 1')})`
    const nobody =
      'the map of outer has no extent that leads to host 201000 (it maps 0..65535→100000) → shown as 65534 (overflow uid)'
    await host.inspects('/two/diary', '201000:101005', `${lost}\n${gid}`)
    await outer.inspects(
      '/two/diary',
      '65534:1005',
      `${lost} → ${nobody}
         a mount’s map with the extent u 60000 160000 1 would show it as container uid 60000
       ${gid} → container 1005 (g 0 100000 65536)
       ${powerless}`,
    )
    await inner.inspects(
      '/two/diary',
      '65534:5',
      `${lost} → ${nobody}
       ${gid} → outer 1005 (g 0 100000 65536) → container 5 (g 0 1000 1000)
       ${powerless}`,
    )

    chapter('Through no map')
    await host.inspects(
      '/plain/diary',
      '60000:60001',
      'owner: disk uid 60000 → host 60000\ngroup: disk gid 60001 → host 60001',
    )
    await outer.inspects(
      '/plain/diary',
      '65534:65534',
      `owner: disk uid 60000 → host 60000 → the map of outer has no extent that leads to host 60000 (it maps 0..65535→100000) → shown as 65534 (overflow uid)
         an idmapped mount with the extent u 60000 160000 1 would show it as container uid 60000
       group: disk gid 60001 → host 60001 → the map of outer has no extent that leads to host 60001 (it maps 0..65535→100000) → shown as 65534 (overflow gid)
         an idmapped mount with the extent g 60001 160001 1 would show it as container gid 60001
       ${powerless}`,
    )
  },
)
