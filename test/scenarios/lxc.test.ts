import { expect, test } from 'vitest'
import { Host } from '../../scenarios/kit/host.ts'
import { directory, ext4, mountIdmap } from '../../scenarios/kit/language.ts'
import { Ledger } from '../../scenarios/kit/ledger.ts'
import { type Answers, base64, FakeGuest, owners } from './fake-guest.ts'

const data = { name: 'data', spec: ext4({ rootfs: directory(), shared: directory() }), image: '/data.img' }
const config = `lxc.rootfs.path = dir:/srv/rootfs
lxc.mount.entry = /srv/shared shared none bind
lxc.idmap = u 0 100000 1005
lxc.idmap = u 1005 1005 1
`

/** A guest whose LXC writes this and ends so. */
const lxcThat =
  (stdout: string, code = 0, stderr = ''): NonNullable<Answers['process.run']> =>
  (_, onOutput) => {
    onOutput('stdout', Buffer.from(stdout))
    onOutput('stderr', Buffer.from(stderr))
    return { code, signal: null }
  }

async function hosted(answers: Answers) {
  const guest = new FakeGuest({ 'actor.enter': () => ({ actor: 5, pid: 300 }), ...answers })
  const ledger = new Ledger()
  const host = new Host(guest, ledger)
  await host.mount(data, '/srv')
  return { guest, ledger, host }
}

test('a container of LXC is entered by the pid LXC gives, and its paths are found on the disks', async () => {
  const stat = owners({ '0 /proc/222/root/shared/a': '1005:0', '5 /shared/a': '1005:0' })
  const { guest, ledger, host } = await hosted({ 'process.run': lxcThat('222\n'), 'file.stat': stat })
  const box = await host.lxc().start('box', config)
  await box.sees('/shared  disk  host  container\na  1005:0  1005:0  1005:0')
  expect(guest.askedFor('actor.enter')).toEqual([{ name: 'box root', pid: 222 }])
  expect(ledger.failing).toBe(false)
  expect(host.containers).toEqual([{ name: 'box', pid: 222 }])
  await host.letGo([data])
  expect(guest.askedFor('actor.end')).toEqual([{ actor: 5 }])
})

test('what LXC is given is the story’s configuration and what every container needs', async () => {
  const { guest, host } = await hosted({ 'process.run': lxcThat('222\n') })
  await host.lxc(await host.user(1000)).start('box', config)
  const { actor, argv, stdin } = guest.askedFor('process.run')[0] ?? { argv: [], stdin: '' }
  expect(actor).toBe(1)
  expect(argv.at(-1)).toContain('lxc-start -n box')
  const given = Buffer.from(stdin, 'base64').toString()
  expect(given.startsWith(config)).toBe(true)
  expect(given).toContain('lxc.init.cmd = ')
})

test('a pid that is none says nothing about the kernel', async () => {
  const { host } = await hosted({ 'process.run': lxcThat('-1\n') })
  await expect(host.lxc().start('box', config)).rejects.toMatchObject({ code: 'GUEST_PROTOCOL' })
})

test.each([
  ['the words', 1, 'x: newuidmap: not allowed\n', 'PASS', 'not allowed'],
  ['other words', 1, 'no such file\n', 'FAIL', 'no such file'],
  ['a start', 0, '', 'FAIL', 'it runs'],
] as const)('a refusal is held against what LXC says: %s', async (_, code, said, outcome, found) => {
  const { ledger, host } = await hosted({ 'process.run': lxcThat('222\n', code, said) })
  await host.lxc().isRefused('not allowed', 'box', config)
  expect(ledger.checks).toMatchObject([{ outcome, found }])
})

test('map check is asked with the host’s own files', async () => {
  const files: Record<string, string> = { '/etc/subuid': 'root:100000:65536\n', '/etc/subgid': '' }
  const { host } = await hosted({ 'file.read': ({ path }) => base64(files[path] ?? '') })
  expect(await host.lxc().mapCheck(config)).toContain('add to /etc/subuid: root:1005:1')
})

test('a claim about a container of LXC tells its maps, and that of the mount', async () => {
  const pinned = { uid: [[1005, 101005, 1]], gid: [[1005, 101005, 1]] }
  const { ledger, host } = await hosted({ 'process.run': lxcThat('222\n'), 'file.stat': owners({}) })
  await host.pinMap('/run/only', mountIdmap('b:1005:101005:1'))
  const box = await host.lxc().start('box', config.replace('none bind', 'none bind,idmap=/run/only'))
  await box.sees('/shared  disk  host  container\na  0:0  0:0  0:0')
  const [row] = ledger.closeUnread().rows
  expect(row?.trial?.maps).toEqual({ containerToHost: expect.objectContaining({ gid: [] }), diskToHost: pinned })
})

test('a configuration without a root file system is the story’s mistake', async () => {
  const { host } = await hosted({ 'process.run': lxcThat('222\n') })
  await expect(host.lxc().start('box', 'lxc.idmap = u 0 1 1\n')).rejects.toThrow(/names its lxc.rootfs.path/)
})
