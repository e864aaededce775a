import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { moduleClosure } from '../../../vm/kernel/modules.ts'

const DEP = `kernel/fs/fat/fat.ko.xz:
kernel/fs/fat/vfat.ko.xz: kernel/fs/fat/fat.ko.xz
kernel/fs/nls/nls_iso8859-1.ko.xz:
kernel/drivers/virtio/virtio_ring.ko.xz: kernel/drivers/virtio/virtio.ko.xz
kernel/drivers/virtio/virtio.ko.xz:
kernel/drivers/char/hw_random/virtio-rng.ko.xz: kernel/drivers/virtio/virtio_ring.ko.xz kernel/drivers/virtio/virtio.ko.xz
`
const BUILTIN = 'kernel/fs/ext4/ext4.ko\nkernel/fs/nls/nls_base.ko\n'

describe('the modules to load', () => {
  test('come after what they need', () => {
    expect(moduleClosure(DEP, BUILTIN, ['vfat'])).toEqual({
      load: ['kernel/fs/fat/fat.ko.xz', 'kernel/fs/fat/vfat.ko.xz'],
      missing: [],
    })
  })

  test('are named with - or _ as one likes', () => {
    const { load } = moduleClosure(DEP, BUILTIN, ['nls_iso8859_1', 'virtio_rng'])
    expect(load).toEqual([
      'kernel/fs/nls/nls_iso8859-1.ko.xz',
      'kernel/drivers/virtio/virtio.ko.xz',
      'kernel/drivers/virtio/virtio_ring.ko.xz',
      'kernel/drivers/char/hw_random/virtio-rng.ko.xz',
    ])
  })

  test('leave out what is built in, and tell what is nowhere', () => {
    expect(moduleClosure(DEP, BUILTIN, ['ext4', '9p', 'nls-base'])).toEqual({ load: [], missing: ['9p'] })
  })

  test('are listed once however often they are needed', () => {
    expect(moduleClosure(DEP, BUILTIN, ['vfat', 'fat', 'vfat']).load).toHaveLength(2)
  })

  test('always follow everything in their line, in whatever order the lines and needs are written', () => {
    const graph = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(graph, fc.nat(), (picks, seed) => {
        // Module i needs an earlier one, so there is no cycle; the lines are turned around by the seed.
        const needs = picks.map((pick, i) => (i === 0 ? [] : [pick % i]))
        const lines = needs.map((need, i) => `m/m${i}.ko:${need.map(n => ` m/m${n}.ko`).join('')}`)
        const turned = [...lines.slice(seed % lines.length), ...lines.slice(0, seed % lines.length)]
        const { load } = moduleClosure(turned.join('\n'), '', needs.map((_, i) => `m${i}`).toReversed())
        expect(load).toHaveLength(needs.length)
        for (const [i, need] of needs.entries())
          for (const n of need) expect(load.indexOf(`m/m${n}.ko`)).toBeLessThan(load.indexOf(`m/m${i}.ko`))
      }),
    )
  })
})
