import { directory, ext4, file, lxcIdmap, mountIdmap, scenario } from './kit/language.ts'

export default scenario(
  import.meta.url,
  {
    title: 'A home directory carried from one machine to another belongs to its user on both, whatever her uid there',
    promisedBy: 'https://man7.org/linux/man-pages/man2/mount_setattr.2.html',
    needs: [{ idmappedMountsOn: 'home' }, { aclsOn: 'home' }, { fileCapabilitiesOn: 'home' }],
    disks: {
      home: ext4({
        ada: directory({ uid: 60000 }),
        'ada/bin': directory({ uid: 60000 }),
        'ada/letters': directory({ uid: 60000 }),
        'ada/diary': file('snow\n', { uid: 60000, mode: 0o600 }),
      }),
    },
  },
  async ({ machine, disks, chapter, says }) => {
    chapter('On the laptop Ada is uid 1000 and Ben is 1005; in a container of Ada’s own they are 0 and 1')
    const laptop = await machine('laptop')
    await laptop.mount(disks.home, '/media/home')
    await laptop.idmappedMount('/media/home/ada', '/home/ada', mountIdmap('b:60000:1000:1 b:60001:1005:1'))
    const adasBox = await laptop.container('box', { idmap: lxcIdmap('b 0 1000 1; b 1 1005 1') })
    const ada = await laptop.user(1000)
    const ben = await laptop.user(1005)
    await ada.append('/home/ada/diary', 'snow on the laptop\n')
    await ada.setAcl('/home/ada/diary', 'u:1005:r--')
    await ada.setAcl('/home/ada/letters', 'u:1005:rwx', 'default')
    await ada.create('/home/ada/letters/to-ben')
    await ada.chmod('/home/ada/letters/to-ben', 0o664)
    await ada.copy('/usr/bin/setpriv', '/home/ada/bin/as-ada', 0o755)
    await ada.chmod('/home/ada/bin/as-ada', 0o4755)
    await ada.copy('/usr/bin/setpriv', '/home/ada/bin/serve', 0o755)
    await adasBox.root.setCapability('/home/ada/bin/serve', 'cap_net_bind_service=ep')
    await ben.reads('/home/ada/diary', 'snow\nsnow on the laptop\n')
    await ben.isRefused('EACCES').append('/home/ada/diary', 'Ben was here\n')
    await ada.isRefused('EINVAL').setAcl('/home/ada/diary', 'u:33:r--')
    await laptop.root.isRefused('EOVERFLOW').create('/home/ada/by-root')
    await laptop.root.isRefused('EINVAL').setCapability('/home/ada/bin/serve', 'cap_net_raw=ep')
    await adasBox.sees(`
      /home/ada               disk                                    host                                   container
      .                       60000:60000                             1000:1000                              0:0
      diary                   60000:60000                             1000:1000                              0:0
      diary [acl]             u:60001:r--                             u:1005:r--                             u:1:r--
      letters [default acl]   u:60001:rwx                             u:1005:rwx                             u:1:rwx
      letters/to-ben [acl]    u:60001:rwx                             u:1005:rwx                             u:1:rwx
      bin/as-ada [mode]       4755                                    4755                                   4755
      bin/serve [capability]  cap_net_bind_service=ep [rootid=60000]  cap_net_bind_service=ep [rootid=1000]  cap_net_bind_service=ep
    `)
    disks.home.holds('ada/diary', 'snow\nsnow on the laptop\n')
    says('Ben runs Ada’s set-uid program', await ben.$`/home/ada/bin/as-ada -d | grep euid`, 'euid: 1000\n')

    chapter('On the desktop Ada is 1001 and Ben is 1002, and all that Ada gave and allowed is still hers')
    const desktop = await machine('desktop')
    await desktop.mount(disks.home, '/media/home')
    await desktop.idmappedMount('/media/home/ada', '/home/ada', mountIdmap('b:60000:1001:1 b:60001:1002:1'))
    const box = await desktop.container('box', { idmap: lxcIdmap('b 0 1001 1; b 1 1002 1') })
    const adaThere = await desktop.user(1001)
    const benThere = await desktop.user(1002)
    const benInside = await box.user(1)
    await adaThere.append('/home/ada/diary', 'snow on the desktop\n')
    await benThere.append('/home/ada/letters/to-ben', 'dear Ada\n')
    await benThere.isRefused('EACCES').append('/home/ada/diary', 'Ben was here\n')
    await adaThere.isRefused('EACCES').append('/media/home/ada/diary', 'snow without a map\n')
    await box.sees(`
      /home/ada               disk                                    host                                   container
      .                       60000:60000                             1001:1001                              0:0
      diary                   60000:60000                             1001:1001                              0:0
      diary [acl]             u:60001:r--                             u:1002:r--                             u:1:r--
      letters [default acl]   u:60001:rwx                             u:1002:rwx                             u:1:rwx
      letters/to-ben [acl]    u:60001:rwx                             u:1002:rwx                             u:1:rwx
      bin/as-ada [mode]       4755                                    4755                                   4755
      bin/serve [capability]  cap_net_bind_service=ep [rootid=60000]  cap_net_bind_service=ep [rootid=1001]  cap_net_bind_service=ep
    `)
    disks.home.holds('ada/diary', 'snow\nsnow on the laptop\nsnow on the desktop\n')
    const outside = await benThere.$`cd /home/ada/bin; ./as-ada -d | grep euid; ./serve -dd | grep Eff`
    says('Ben runs Ada’s programs', outside, 'euid: 1001\nEffective capabilities: [none]\n')
    const inside = await benInside.$`/home/ada/bin/serve -dd | grep Eff`
    says('Ben runs Ada’s server in her container', inside, 'Effective capabilities: net_bind_service\n')
  },
)
