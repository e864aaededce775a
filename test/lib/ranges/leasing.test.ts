import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { leaseRange, releaseRange } from '../../../lib/ranges/leasing.ts'
import { readLeases } from '../../../lib/ranges/registry.ts'
import { INITIAL, madeUpProcess, madeUpRoot } from './made-up-root.ts'

function place(files: Readonly<Record<string, string>> = {}) {
  const root = madeUpRoot({ ...INITIAL, ...files })
  return { root, registry: path.join(root, 'ranges.json') }
}

const etc = (root: string, file: string) => fs.readFileSync(path.join(root, 'etc', file), 'utf8')
const WEB = { name: 'web', owner: 'alice', count: 65_536 }

describe('a lease', () => {
  test('is of ids that no account, line, container, reservation or other lease has', async () => {
    const where = place({
      'etc/passwd': 'service:x:131072:131072::/:/bin/sh\n',
      'etc/group': 'build:x:200000:\n',
      'etc/subuid': 'bob:262144:65536\n',
      'etc/subgid': 'bob:262144:65536\n',
      ...madeUpProcess(40, { namespace: 7, map: '0 327680 65536\n' }),
    })
    const lease = async (name: string) => (await leaseRange({ ...WEB, name }, where)).lease.pieces.map(({ to }) => to)
    expect(await lease('a')).toEqual([393_216])
    expect(await lease('b')).toEqual([458_752])
    // 524288 on is nspawn's; 65536 is below SUB_UID_MIN, and comes after.
    expect(await lease('c')).toEqual([65_536])
    expect(await lease('d')).toEqual([1_879_048_192])
    expect(readLeases(where)).toHaveLength(4)
  })

  test('may be in a reserved range that is allowed by name', async () => {
    const window = { from: 1_000_000, count: 65_536 }
    const where = place()
    await expect(leaseRange({ ...WEB, window }, where)).rejects.toMatchObject({
      code: 'NOTHING_FITS',
      message: expect.stringMatching(/no id is free there/),
    })
    const { lease } = await leaseRange({ ...WEB, window, allowReserved: ['nspawn'] }, where)
    expect(lease.pieces).toEqual([{ from: 0, to: 1_000_000, count: 65_536 }])
  })

  test('never has ids of host users to come, unless they are allowed', async () => {
    const window = { from: 2000, count: 100 }
    const where = place()
    await expect(leaseRange({ ...WEB, count: 10, window }, where)).rejects.toMatchObject({ code: 'NOTHING_FITS' })
    const { lease } = await leaseRange({ ...WEB, count: 10, window, allowReserved: ['host-users'] }, where)
    expect(lease.pieces).toEqual([{ from: 0, to: 2000, count: 10 }])
  })

  test('asked for again by its owner in the same sizes is renewed and the same', async () => {
    const where = place({ 'etc/passwd': 'alice:x:1000:1000::/:/bin/sh\n' })
    const first = await leaseRange({ ...WEB, top: 10 }, where)
    const again = await leaseRange({ ...WEB, top: 10, owner: '1000' }, where)
    expect(first.renewed).toBe(false)
    expect(again.renewed).toBe(true)
    expect(again.lease).toEqual({ ...first.lease, renewed: again.lease.renewed })
    expect(readLeases(where)).toEqual([again.lease])
  })

  test.each([{ owner: 'bob' }, { count: 1000 }, { top: 5 }])(
    'that somebody has otherwise is taken: %o',
    async other => {
      const where = place()
      const { lease } = await leaseRange(WEB, where)
      await expect(leaseRange({ ...WEB, ...other }, where)).rejects.toMatchObject({
        code: 'LEASE_TAKEN',
        blame: 'user',
        message: 'alice has a lease web of 65536 ids already: release it, or choose another name.',
      })
      expect(readLeases(where)).toEqual([lease])
    },
  )

  test('released gives its ids to the next', async () => {
    const where = place()
    const { lease } = await leaseRange(WEB, where)
    expect(await releaseRange('web', where)).toEqual({ lease, stillDelegated: [] })
    expect((await leaseRange({ ...WEB, name: 'other' }, where)).lease.pieces).toEqual(lease.pieces)
  })

  test('in a registry of one’s own does not meet those of the host’s', async () => {
    const where = place()
    fs.mkdirSync(path.join(where.root, 'var/lib'), { recursive: true })
    await leaseRange(WEB, { root: where.root })
    const { lease } = await leaseRange(WEB, where)
    expect(lease.pieces).toEqual([{ from: 0, to: 196_608, count: 65_536 }])
  })

  test('that is not there can’t be released: the sentence says which are', async () => {
    const where = place()
    await expect(releaseRange('nope', where)).rejects.toThrow('There is no lease "nope"; the registry has none.')
    await leaseRange(WEB, where)
    await expect(releaseRange('nope', where)).rejects.toThrow('There is no lease "nope"; there are: web.')
  })

  test.each([
    [{ name: '../web' }, /name of the lease must be/],
    [{ name: 'a\u001b[2J' }, /not "a\\u001b\[2J"/],
    [{ owner: 'a:b' }, /name of the owner must be/],
    [{ allowReserved: ['everything'] }, /no reservation "everything"; there are: host-users, homed/],
  ])('needs names that hurt nobody: %o', async (wrong, sentence) => {
    const where = place()
    await expect(leaseRange({ ...WEB, ...wrong }, where)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringMatching(sentence),
    })
    expect(fs.existsSync(where.registry)).toBe(false)
  })

  test('is not given where it can’t be told what is in use', async () => {
    const where = place({ 'etc/subuid': 'bob:1' })
    await expect(leaseRange(WEB, where)).rejects.toMatchObject({ code: 'HOST_UNREADABLE' })
    expect(fs.existsSync(where.registry)).toBe(false)
  })
})

describe('a lease with subordinate ids', () => {
  const files = { 'etc/subuid': '# ours\nbob:100000:65536', 'etc/subgid': 'bob:100000:65536\n' }

  test('adds lines, keeps the others and the file’s mode, and keeps the file before', async () => {
    const where = place(files)
    fs.chmodSync(path.join(where.root, 'etc/subuid'), 0o640)
    const { lease } = await leaseRange({ ...WEB, top: 10, subids: true }, where)
    expect(lease.subids).toBe(true)
    expect(etc(where.root, 'subuid')).toBe('# ours\nbob:100000:65536\nalice:196608:65536\nalice:4294967285:10\n')
    expect(etc(where.root, 'subgid')).toBe('bob:100000:65536\nalice:196608:65536\nalice:4294967285:10\n')
    expect(etc(where.root, 'subuid-')).toBe(files['etc/subuid'])
    expect(fs.statSync(path.join(where.root, 'etc/subuid')).mode & 0o777).toBe(0o640)
    expect(fs.readdirSync(path.join(where.root, 'etc')).toSorted()).toEqual(['subgid', 'subgid-', 'subuid', 'subuid-'])
  })

  test('makes the files where there are none', async () => {
    const where = place()
    await leaseRange({ ...WEB, subids: true }, where)
    expect([etc(where.root, 'subuid'), etc(where.root, 'subgid')]).toEqual([
      'alice:131072:65536\n',
      'alice:131072:65536\n',
    ])
  })

  test('takes them back when it is released', async () => {
    const where = place({ 'etc/subuid': 'bob:100000:65536\n', 'etc/subgid': 'bob:100000:65536\n' })
    await leaseRange({ ...WEB, subids: true }, where)
    expect((await releaseRange('web', where)).stillDelegated).toEqual([])
    expect([etc(where.root, 'subuid'), etc(where.root, 'subgid')]).toEqual(['bob:100000:65536\n', 'bob:100000:65536\n'])
  })

  test('says when its lines are not there any more as they were', async () => {
    const where = place()
    await leaseRange({ ...WEB, subids: true }, where)
    fs.writeFileSync(path.join(where.root, 'etc/subgid'), 'alice:131072:131072\n')
    expect((await releaseRange('web', where)).stillDelegated).toEqual([{ from: 131_072, count: 65_536 }])
    expect(etc(where.root, 'subgid')).toBe('alice:131072:131072\n')
  })

  test('completes what a crash between the registry and the files left undone', async () => {
    const where = place(files)
    await leaseRange(WEB, where)
    const { renewed } = await leaseRange({ ...WEB, subids: true }, where)
    expect(renewed).toBe(true)
    expect(etc(where.root, 'subgid')).toBe('bob:100000:65536\nalice:196608:65536\n')
    await leaseRange({ ...WEB, subids: true }, where)
    expect(etc(where.root, 'subgid')).toBe('bob:100000:65536\nalice:196608:65536\n')
  })

  test('that could not be written to a file is kept, and the sentence says how to go on', async () => {
    const where = place(files)
    // What is written first is put beside the file: a directory of that name is in the way.
    fs.mkdirSync(path.join(where.root, 'etc/subuid+/in the way'), { recursive: true })
    await expect(leaseRange({ ...WEB, subids: true }, where)).rejects.toMatchObject({
      code: 'SUBIDS_UNUSABLE',
      message: expect.stringMatching(/etc\/subuid can't be changed: .*The lease web is made: ask for it once more/),
    })
    expect(etc(where.root, 'subuid')).toBe(files['etc/subuid'])
    expect(readLeases(where)).toMatchObject([{ name: 'web', subids: true }])
    fs.rmSync(path.join(where.root, 'etc/subuid+'), { recursive: true })
    await leaseRange({ ...WEB, subids: true }, where)
    expect(etc(where.root, 'subuid')).toContain('alice:196608:65536\n')
  })
})
