import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Lease } from '../../../lib/ranges/lease.ts'
import { findLease, leasedRanges, readLeases, withRegistry } from '../../../lib/ranges/registry.ts'
import { scratch } from './made-up-root.ts'

const WEB: Lease = {
  name: 'web',
  owner: 'alice',
  pieces: [{ from: 0, to: 131_072, count: 65_536 }],
  subids: false,
  leased: '2026-11-22T20:00:00.000Z',
  renewed: '2026-11-22T20:00:00.000Z',
}
const DB: Lease = { ...WEB, name: 'db', pieces: [{ from: 0, to: 196_608, count: 65_536 }] }

const written = (leases: readonly object[], envelope: object = {}) =>
  JSON.stringify({ format: 'idmaplab-ranges', version: 1, leases, ...envelope })
const inFile = ({ pieces, ...lease }: Lease) => ({
  ...lease,
  pieces: pieces.map(({ from, to, count }) => ({ container: from, host: to, count })),
})

function registryWith(text: string): string {
  const file = path.join(scratch(), 'ranges.json')
  fs.writeFileSync(file, text)
  return file
}

describe('a registry', () => {
  test('has no leases before it is there', () => {
    expect(readLeases({ registry: path.join(scratch(), 'none/ranges.json') })).toEqual([])
  })

  test('is made with its directory, and read as it was written', async () => {
    const file = path.join(scratch(), 'a/ranges.json')
    await withRegistry({ registry: file }, registry => registry.write([WEB, DB]))
    expect(readLeases({ registry: file })).toEqual([DB, WEB])
    expect(findLease('web', { registry: file })).toEqual(WEB)
    expect(findLease('nope', { registry: file })).toBeUndefined()
    expect(fs.statSync(file).mode & 0o777).toBe(0o644)
    expect(fs.readdirSync(path.dirname(file)).toSorted()).toEqual(['ranges.json', 'ranges.json.lock'])
  })

  test('names the columns in the file, where people read them', async () => {
    const file = path.join(scratch(), 'ranges.json')
    await withRegistry({ registry: file }, registry => registry.write([WEB]))
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual(JSON.parse(written([inFile(WEB)])))
  })

  test('is the same by whatever link it is called', async () => {
    const file = registryWith(written([inFile(WEB)]))
    const link = path.join(scratch(), 'link.json')
    fs.symlinkSync(file, link)
    await withRegistry({ registry: link }, registry => registry.write([...registry.leases, DB]))
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readLeases({ registry: file })).toEqual([DB, WEB])
    expect(fs.existsSync(`${file}.lock`)).toBe(true)
  })

  test('overwrites what a process killed while writing left beside it', async () => {
    const file = registryWith(written([inFile(WEB)]))
    fs.writeFileSync(`${file}.new`, '{"format":"idmaplab-ran')
    expect(readLeases({ registry: file })).toEqual([WEB])
    await withRegistry({ registry: file }, registry => registry.write([DB]))
    expect(readLeases({ registry: file })).toEqual([DB])
    expect(fs.existsSync(`${file}.new`)).toBe(false)
  })

  test('does not write through a link somebody put where it writes first', async () => {
    const file = registryWith(written([]))
    const victim = path.join(scratch(), 'victim')
    fs.writeFileSync(victim, 'precious')
    fs.symlinkSync(victim, `${file}.new`)
    await withRegistry({ registry: file }, registry => registry.write([WEB]))
    expect(fs.readFileSync(victim, 'utf8')).toBe('precious')
    expect(readLeases({ registry: file })).toEqual([WEB])
  })

  test('says what its leases hold, and what those of the host’s own registry do', async () => {
    const root = scratch()
    const registry = path.join(root, 'mine.json')
    fs.mkdirSync(path.join(root, 'var/lib'), { recursive: true })
    await withRegistry({ root }, locked => locked.write([WEB]))
    await withRegistry({ registry }, locked => locked.write([DB]))
    const host = path.join(root, 'var/lib/idmaplab/ranges.json')
    const web = { kind: 'lease', name: 'web', owner: 'alice', registry: host }
    const db = { kind: 'lease', name: 'db', owner: 'alice', registry }
    expect(leasedRanges({ root })).toEqual([{ from: 131_072, count: 65_536, half: 'both', holder: web }])
    expect(leasedRanges({ root, registry })).toEqual([
      { from: 196_608, count: 65_536, half: 'both', holder: db },
      { from: 131_072, count: 65_536, half: 'both', holder: web },
    ])
  })
})

describe('what is no registry is refused in one sentence, and left as it is', () => {
  test.each<[string, string, RegExp]>([
    ['an empty file', '', /it is empty/],
    ['half a file', written([inFile(WEB)]).slice(0, 60), /it is no JSON/],
    ['another document', '{"leases":[]}', /it is no registry of idmaplab/],
    ['a list', '[]', /it is no registry of idmaplab/],
    ['a lease without an owner', written([{ ...inFile(WEB), owner: undefined }]), /leases\.0\.owner is not what/],
    ['a word more than there should be', written([{ ...inFile(WEB), until: 'later' }]), /leases\.0\.until is not what/],
    ['a name for a terminal to obey', written([{ ...inFile(WEB), name: '\u001b[2J' }]), /leases\.0\.name is not what/],
    ['a time that is none', written([{ ...inFile(WEB), leased: 'today' }]), /leases\.0\.leased is not what/],
    ['a lease of nothing', written([{ ...inFile(WEB), pieces: [] }]), /leases\.0\.pieces is not what/],
    [
      'an id that is none',
      written([{ ...inFile(WEB), pieces: [{ container: 0, host: 4_294_967_295, count: 1 }] }]),
      /leases\.0\.pieces\.0\.host is not what/,
    ],
    [
      'a range past the last id',
      written([{ ...inFile(WEB), pieces: [{ container: 0, host: 4_294_967_294, count: 2 }] }]),
      /the lease web is no map: /,
    ],
    ['one name twice', written([inFile(WEB), { ...inFile(DB), name: 'web' }]), /two leases are called web/],
    [
      'two leases with an id in common',
      written([inFile(WEB), inFile({ ...DB, pieces: [{ from: 0, to: 196_607, count: 2 }] })]),
      /the leases web and db both have host ids of 196607\.\.196608/,
    ],
  ])('%s', async (_, text, problem) => {
    const file = registryWith(text)
    const error = expect.objectContaining({ code: 'REGISTRY_CORRUPT', message: expect.stringMatching(problem) })
    expect(() => readLeases({ registry: file })).toThrow(error)
    await expect(withRegistry({ registry: file }, registry => registry.write([]))).rejects.toThrow(error)
    expect(fs.readFileSync(file, 'utf8')).toBe(text)
    expect(() => readLeases({ registry: file })).toThrow(/restore it from a backup, or move it away/)
  })

  test('one of a newer idmaplab, whatever is in it', async () => {
    const text = written([{ unheard: 'of' }], { version: 2 })
    const file = registryWith(text)
    await expect(withRegistry({ registry: file }, registry => registry.write([]))).rejects.toMatchObject({
      code: 'REGISTRY_NEWER',
      blame: 'harness',
      message: expect.stringMatching(/format version 2 and this idmaplab knows 1/),
    })
    expect(fs.readFileSync(file, 'utf8')).toBe(text)
  })

  test('a directory', () => {
    expect(() => readLeases({ registry: scratch() })).toThrow(
      expect.objectContaining({ code: 'REGISTRY_UNUSABLE', message: expect.stringMatching(/it is a directory/) }),
    )
  })

  test('a path through a file', async () => {
    const file = registryWith('')
    await expect(withRegistry({ registry: path.join(file, 'ranges.json') }, () => {})).rejects.toMatchObject({
      code: 'REGISTRY_UNUSABLE',
      message: expect.stringMatching(/a part of the path is no directory; be root, or use a registry of your own/),
    })
  })

  test('a path whose directories are missing', async () => {
    await expect(withRegistry({ registry: path.join(scratch(), 'a/b/ranges.json') }, () => {})).rejects.toMatchObject({
      code: 'REGISTRY_UNUSABLE',
      message: expect.stringMatching(/there is no such file or directory/),
    })
  })
})

describe('the lock', () => {
  test('two takers in one process exclude each other', async () => {
    const file = path.join(scratch(), 'ranges.json')
    const steps: string[] = []
    const work = async () => {
      steps.push('in')
      await new Promise(setImmediate)
      steps.push('out')
    }
    await Promise.all([
      withRegistry({ registry: file }, work),
      withRegistry({ registry: file }, work),
      withRegistry({ registry: file }, work),
    ])
    expect(steps).toEqual(['in', 'out', 'in', 'out', 'in', 'out'])
  })

  test('work that fails frees it and changes nothing', async () => {
    const file = registryWith(written([inFile(WEB)]))
    await expect(withRegistry({ registry: file }, () => Promise.reject(new Error('no luck')))).rejects.toThrow(
      'no luck',
    )
    await withRegistry({ registry: file }, registry => expect(registry.leases).toEqual([WEB]))
  })
})
