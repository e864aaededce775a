import { describe, expect, test } from 'vitest'
import { containerMap, imageMountMap } from '../../../lib/ranges/lease.ts'

const lease = {
  pieces: [
    { from: 0, to: 131_072, count: 65_536 },
    { from: 4_294_901_759, to: 4_294_901_759, count: 65_536 },
  ],
}

describe('the maps of a lease', () => {
  test('the container’s, users and groups alike', () => {
    const { uid, gid } = containerMap(lease)
    expect(`${uid}`).toBe('0..65535→131072, 4294901759..4294967294→4294901759')
    expect(gid.equals(uid)).toBe(true)
  })

  test('a mount of an image as it was built: what is 0 on the disk is the container’s root on the host', () => {
    expect(`${imageMountMap(containerMap(lease)).uid}`).toBe('0..65535→131072, 4294901759..4294967294→4294901759')
  })

  test('two containers see one shifted image each as their own', () => {
    const other = { pieces: [{ from: 0, to: 196_608, count: 65_536 }] }
    const [mine, theirs] = [lease, other].map(one => imageMountMap(containerMap(one), 300_000))
    expect([mine?.uid.lookup(301_000), theirs?.uid.lookup(301_000)]).toEqual([132_072, 197_608])
    expect(mine?.gid.lookup(1000)).toBeUndefined()
  })

  test('ids whose shifted number is past the last one can’t be on the disk', () => {
    expect(`${imageMountMap(containerMap(lease), 2_147_352_576).uid}`).toBe('2147352576..2147418111→131072')
    expect(`${imageMountMap(containerMap(lease), 10).uid}`).toBe('10..65545→131072, 4294901769..4294967294→4294901759')
  })

  test.each([-1, 4_294_967_295, 0.5])('a shift by %d is none', shift => {
    expect(() => imageMountMap(containerMap(lease), shift)).toThrow(expect.objectContaining({ blame: 'user' }))
  })
})
