import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactName, parseKernelList, parseKernelSpec } from '../../../vm/kernel/spec.ts'
import { scratchDirectory } from '../cache/scratch.ts'

describe('one kernel', () => {
  test.each([
    ['6.12', { kind: 'debian', version: '6.12' }],
    ['6.12.43', { kind: 'debian', version: '6.12.43' }],
    ['6.12.43-1', { kind: 'debian', version: '6.12.43-1' }],
    ['6.16.3-1~bpo13+1', { kind: 'debian', version: '6.16.3-1~bpo13+1' }],
    ['7.3~rc7-1~exp1', { kind: 'debian', version: '7.3~rc7-1~exp1' }],
    ['debian:sid/7.2', { kind: 'debian', suite: 'sid', version: '7.2' }],
    [
      'debian:trixie-backports/6.16.3-1~bpo13+1',
      { kind: 'debian', suite: 'trixie-backports', version: '6.16.3-1~bpo13+1' },
    ],
    ['debian:experimental', { kind: 'debian', suite: 'experimental' }],
    ['debian:6.12.107-1', { kind: 'debian', version: '6.12.107-1' }],
    ['/boot/vmlinuz-6.1', { kind: 'file' }],
    ['./linux', { kind: 'file' }],
    ['../6.12', { kind: 'file' }],
    ['host', { kind: 'host' }],
  ])('%s', (name, expected) => {
    expect(parseKernelSpec(name)).toEqual({ name, ...expected })
  })

  test.each(['latest', '6', '6.', '6.12 ', '6.12;x', 'HOST', '', 'v6.12'])('may not be %j', name => {
    expect(() => parseKernelSpec(name)).toThrow(expect.objectContaining({ code: 'KERNEL_UNKNOWN', blame: 'user' }))
    expect(() => parseKernelSpec(name)).toThrow(JSON.stringify(name))
  })

  test.each([
    'debian:',
    'debian:sid/',
    'debian:/6.1',
    'debian:Sid/6.1',
    'debian:sid/../6.1',
    'debian:sid/6.1/2',
    'debian:-x',
  ])('may not be %j, and the sentence shows how it is written', name => {
    expect(() => parseKernelSpec(name)).toThrow(/names no kernel of Debian’s: write debian:SUITE\/VERSION/)
  })

  test('that is the name of a file here is that file', () => {
    expect(parseKernelSpec('package.json')).toEqual({ kind: 'file', name: 'package.json' })
  })

  test('of Debian never carries into a command or a path what is no version', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'67.-+~:/ ;$\n\0abdeinrs') }), text => {
        let spec: unknown
        try {
          spec = parseKernelSpec(text)
        } catch {
          return
        }
        const { kind, suite = 'sid', version = '6.1' } = spec as { kind: string; suite?: string; version?: string }
        if (kind !== 'debian') return
        expect(version).toMatch(/^[\w.+~-]+$/)
        expect(suite).toMatch(/^[a-z][a-z0-9-]*$/)
      }),
    )
  })
})

describe('several kernels', () => {
  test('are separated by commas, with or without blanks', () => {
    expect(parseKernelList('6.1, 6.12.43-1,debian:sid/7.2,host').map(({ name }) => name)).toEqual([
      '6.1',
      '6.12.43-1',
      'debian:sid/7.2',
      'host',
    ])
  })

  test.each([
    ['6.1,,6.12', /"6.1,,6.12" has an empty place/],
    ['', /"" has an empty place/],
    ['6.1,6.12,6.1', /names "6.1" twice/],
    ['6.1,nonsense,6.12', /There is no kernel "nonsense" here/],
    ['6.1,debian:x/y', /"debian:x\/y" names no kernel/],
  ])('%j: the one that is wrong is named', (text, sentence) => {
    expect(() => parseKernelList(text)).toThrow(sentence)
  })

  test('that are together the path of a file are that file', async () => {
    const path = join(await scratchDirectory(), 'a,b/bzImage')
    await mkdir(join(path, '..'))
    await writeFile(path, '')
    expect(parseKernelList(path)).toEqual([{ kind: 'file', name: path }])
  })
})

test.each([
  ['6.12', 'linux-image-6.12.107+deb13-cloud-amd64 6.12.107-1', '6.12.107-1'],
  ['debian:sid/7.2', 'linux-binary-7.2.13+deb14-cloud-amd64 7.2.13-1', 'debian:sid/7.2.13-1'],
  ['debian:sid', 'linux-binary-7.2.13+deb14-cloud-amd64 7.2.13-1', 'debian:sid/7.2.13-1'],
  ['debian:6.12', 'linux-image-6.12.107+deb13-cloud-amd64 6.12.107-1', '6.12.107-1'],
  ['./linux-image.deb', 'linux-image-6.12.0-mine 6.12.0-1', resolve('linux-image.deb')],
  ['host', undefined, 'host'],
])('%s, of the package %s, is asked for another day as %s', (name, from, exact) => {
  expect(exactName({ name, ...(from === undefined ? {} : { package: from }) })).toBe(exact)
})
