import { describe, expect, test } from 'vitest'
import { KERNEL_PACKAGES, kernelOffers, type Offer, offersAfter, offersOf } from '../../../vm/kernel/offer.ts'
import { candidate } from './made-up.ts'

const versions = (offers: readonly Offer[]) => offers.map(({ version }) => version)

test.each([
  ['linux-image-6.1.0-50-cloud-amd64', true],
  ['linux-image-6.12.107+deb13-cloud-amd64', true],
  ['linux-image-6.1.0-50-cloud-amd64-unsigned', true],
  ['linux-binary-7.2.13+deb14-cloud-amd64', true],
  ['linux-binary-unsigned-7.2.13+deb14-cloud-amd64', true],
  ['linux-base-7.2.13+deb14-cloud-amd64', true],
  ['linux-modules-7.2.13+deb14-cloud-amd64', true],
  ['linux-image-6.1.0-50-cloud-amd64-dbg', false],
  ['linux-image-6.1.0-50-amd64', false],
  ['linux-image-cloud-amd64', false],
  ['linux-headers-6.1.0-50-cloud-amd64', false],
])('the index is asked for cloud kernels only: %s %s', (name, expected) => {
  expect(new RegExp(KERNEL_PACKAGES).test(name)).toBe(expected)
})

describe('an index', () => {
  test('up to 6.18 offers a kernel as one package', () => {
    const [offer, ...none] = kernelOffers(
      [candidate('linux-image-6.18.15+deb13-cloud-amd64', '6.18.15-1', ['kmod'])],
      's',
    )
    expect(none).toEqual([])
    expect(offer).toMatchObject({ release: '6.18.15+deb13-cloud-amd64', version: '6.18.15-1', suite: 's', lost: [] })
    expect(offer?.packages).toHaveLength(1)
  })

  test('from 6.19 offers it as three, and the empty linux-image is none of them', () => {
    const release = '7.2.13+deb14-cloud-amd64'
    const [offer, ...none] = kernelOffers(
      [
        candidate(`linux-image-${release}`, '7.2.13-1', [`linux-binary-${release}`]),
        candidate(`linux-modules-${release}`, '7.2.13-1'),
        candidate(`linux-base-${release}`, '7.2.13-1'),
        candidate(`linux-binary-${release}`, '7.2.13-1'),
      ],
      'sid',
    )
    expect(none).toEqual([])
    expect(offer?.packages.map(({ name }) => name)).toEqual([
      `linux-binary-${release}`,
      `linux-base-${release}`,
      `linux-modules-${release}`,
    ])
  })

  test('may have lost the modules, which is told', () => {
    const [offer] = kernelOffers([candidate('linux-binary-6.19.14-cloud-amd64', '6.19.14-1')], 's')
    expect(offer?.lost).toEqual(['linux-base-6.19.14-cloud-amd64', 'linux-modules-6.19.14-cloud-amd64'])
  })

  test('never joins packages of different versions: release candidates share their names', () => {
    const [offer] = kernelOffers(
      [
        candidate('linux-binary-7.3-cloud-amd64', '7.3~rc7-1~exp1'),
        candidate('linux-base-7.3-cloud-amd64', '7.3~rc7-1~exp1'),
        candidate('linux-modules-7.3-cloud-amd64', '7.3~rc6-1~exp1'),
      ],
      's',
    )
    expect(offer?.lost).toEqual(['linux-modules-7.3-cloud-amd64'])
  })

  test('is read with what is whole first, then the newer, then the signed', () => {
    const offers = kernelOffers(
      [
        candidate('linux-binary-7.1.13-cloud-amd64', '7.1.13-1'),
        candidate('linux-image-6.1.9-cloud-amd64', '6.1.9-1'),
        candidate('linux-image-6.1.10-cloud-amd64-unsigned', '6.1.10-1'),
        candidate('linux-image-6.1.10-cloud-amd64', '6.1.10-1'),
      ],
      's',
    )
    expect(offers.map(({ packages }) => packages[0]?.name)).toEqual([
      'linux-image-6.1.10-cloud-amd64',
      'linux-image-6.1.10-cloud-amd64-unsigned',
      'linux-image-6.1.9-cloud-amd64',
      'linux-binary-7.1.13-cloud-amd64',
    ])
  })
})

describe('of what is offered', () => {
  const offers = kernelOffers(
    [
      '6.1.176-1',
      '6.12.94-1',
      '6.12.107-1',
      '6.12.43-1~bpo12+1',
      '6.12.43-1+b1',
      '6.12.430-1',
      '6.12.43-1',
      '6.12~rc3-1',
    ].map(version => candidate(`linux-image-${version.replace(/[~+].*/, '')}-cloud-amd64`, version)),
    's',
  )

  test.each([
    ['6.1', ['6.1.176-1']],
    ['6.12.43', ['6.12.43-1+b1', '6.12.43-1', '6.12.43-1~bpo12+1']],
    ['6.12.43-1', ['6.12.43-1', '6.12.43-1+b1', '6.12.43-1~bpo12+1']],
    ['6.12.4', []],
    ['6.12~rc3', ['6.12~rc3-1']],
    ['6.9', []],
  ])('%s are %j', (wanted, expected) => {
    expect(versions(offersOf(wanted, offers))).toEqual(expected)
  })

  test('6.12 is every 6.12, the newest first, and never 6.1', () => {
    expect(versions(offersOf('6.12', offers)).slice(0, 3)).toEqual(['6.12.430-1', '6.12.107-1', '6.12.94-1'])
    expect(versions(offersOf('6.12', offers))).not.toContain('6.1.176-1')
  })

  test('anything is taken when no version is wanted', () => {
    expect(offersOf(undefined, offers)).toHaveLength(offers.length)
  })

  test('the next of the series follows a version that is gone', () => {
    expect(versions(offersAfter('6.12.50-1', offers))).toEqual(['6.12.94-1', '6.12.107-1', '6.12.430-1'])
    expect(versions(offersAfter('6.12.500-1', offers))).toEqual([])
  })
})
