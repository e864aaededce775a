import { expect, it } from 'vitest'
import credentials from '../../scenarios/credentials-across-namespaces.ts'
import { ext4, file } from '../../scenarios/kit/language.ts'
import { failures } from '../../scenarios/kit/result.ts'
import wiki from '../../scenarios/lxc-wiki-example.ts'
import ranges from '../../scenarios/ranges-that-never-meet.ts'
import { inWords, tell, tellMisled } from './lab.ts'

type Written = { readonly actor: number; readonly path: string; readonly contents: string }

/** What is written to one file is something else. */
const writing = (path: string, text: string) => {
  const contents = Buffer.from(text).toString('base64')
  return <P extends Written>(params: P): P => (params.path === path ? { ...params, contents } : params)
}

it('LXC that is refused what the page promises is a failure in its own words', async () => {
  const result = await tellMisled(wiki, { 'file.create': writing('/etc/subgid', 'root:100000:65536\n') })
  expect(result.outcome, inWords(result)).toBe('FAIL')
  expect(failures(result).join()).toContain('newgidmap: gid range [1005-1006) -> [1005-1006) not allowed')
})

it('LXC that starts a container it should have been refused is a failure', async () => {
  const result = await tellMisled(wiki, { 'file.write': writing('/etc/subuid', 'root:100000:65536\nroot:1005:1\n') })
  expect(failures(result), inWords(result)).toContain(
    'LXC refuses to start late, for: expected newuidmap: uid range [1005-1006) -> [1005-1006) not allowed found it runs',
  )
})

it('a file of another owner than the page’s is a failure', async () => {
  const { tree } = wiki.disks.data ?? ext4({})
  const data = ext4({ ...tree, 'shared/of-1005': file('snow\n', { uid: 1007 }) })
  const result = await tell({ ...wiki, disks: { data } })
  expect(failures(result), inWords(result)).toContain(
    'box:/shared/of-1005: container: expected 1005:1005 found 65534:65534',
  )
})

it('ids that are given although a user has them are a failure', async () => {
  const result = await tellMisled(ranges, { 'file.append': writing('/etc/passwd', 'bob:x:1000:1000::/:/bin/sh\n') })
  expect(failures(result), inWords(result)).toContain('db is leased: expected 0 393216 65536 found 0 196608 65536')
})

it('a container with another map than the story’s is a failure on every channel', async () => {
  const result = await tellMisled(credentials, {
    'actor.container': params =>
      params.name === 'one root' ? { ...params, idmap: { ...params.idmap, uid: [[0, 100001, 65536]] } } : params,
  })
  const found = failures(result)
  for (const channel of ['SO_PEERCRED', 'SCM_CREDENTIALS', '/proc/PID'])
    expect(found, inWords(result)).toContain(`${channel}: host sees ada: expected 101000:100100 found 101001:100100`)
  expect(found).toContain('fstat: one sees host /data/of-101000: expected 1000:1000 found 999:1000')
})
