import { expect, it } from 'vitest'
import credentials from '../../scenarios/credentials-across-namespaces.ts'
import { failures } from '../../scenarios/kit/result.ts'
import wiki from '../../scenarios/lxc-wiki-example.ts'
import ranges from '../../scenarios/ranges-that-never-meet.ts'
import { inWords, tellMisled } from './lab.ts'

it('LXC that is refused what the page promises is a failure in its own words', async () => {
  const result = await tellMisled(wiki, ({ method, params }) =>
    method === 'file.create' && params.path === '/etc/subgid'
      ? { method, params: { ...params, contents: withoutLastLine(params.contents) } }
      : ({ method, params } as never),
  )
  expect(result.outcome, inWords(result)).toBe('FAIL')
  expect(failures(result).join()).toContain('newgidmap: gid range [1005-1006) -> [1005-1006) not allowed')
})

it('LXC that starts a container it should have been refused is a failure', async () => {
  const result = await tellMisled(wiki, ({ method, params }) =>
    method === 'file.write' && params.path === '/etc/subuid'
      ? { method, params: { ...params, contents: base64('root:100000:65536\nroot:1005:1\n') } }
      : ({ method, params } as never),
  )
  expect(failures(result), inWords(result)).toContain(
    'LXC refuses to start late, for: expected newuidmap: uid range [1005-1006) -> [1005-1006) not allowed found it runs',
  )
})

it('a file of another owner than the page’s is a failure', async () => {
  const owner = { ...wiki.disks.data, tree: { ...wiki.disks.data?.tree, 'shared/of-1005': ofAnother } } as never
  const result = await tellMisled({ ...wiki, disks: { data: owner } }, request => request)
  expect(failures(result), inWords(result)).toContain(
    'box:/shared/of-1005: container: expected 1005:1005 found 65534:65534',
  )
})

it('ids that are given although a user has them are a failure', async () => {
  const result = await tellMisled(ranges, ({ method, params }) =>
    method === 'file.append' && params.path === '/etc/passwd'
      ? { method, params: { ...params, contents: base64('bob:x:1000:1000::/home/bob:/bin/sh\n') } }
      : ({ method, params } as never),
  )
  expect(failures(result), inWords(result)).toContain('db is leased: expected 0 393216 65536 found 0 196608 65536')
})

it('a container with another map than the story’s is a failure on every channel', async () => {
  const result = await tellMisled(credentials, ({ method, params }) =>
    method === 'actor.container' && params.name === 'one root'
      ? { method, params: { ...params, idmap: { uid: [[0, 100001, 65536]], gid: [[0, 100000, 65536]] } } }
      : ({ method, params } as never),
  )
  const found = failures(result)
  for (const channel of ['SO_PEERCRED', 'SCM_CREDENTIALS', '/proc/PID'])
    expect(found, inWords(result)).toContain(`${channel}: host sees ada: expected 101000:100100 found 101001:100100`)
  expect(found).toContain('fstat: one sees host /data/of-101000: expected 1000:1000 found 999:1000')
})

const ofAnother = { kind: 'file', contents: 'snow\n', mode: 0o644, uid: 1007, gid: 1007 }

function withoutLastLine(contents: string): string {
  const lines = Buffer.from(contents, 'base64').toString().trimEnd().split('\n')
  return base64(`${lines.slice(0, -1).join('\n')}\n`)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
