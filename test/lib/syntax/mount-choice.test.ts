import { expect, test } from 'vitest'
import { chooseMountIn, targetsOf } from '../../../lib/syntax/mount-choice.ts'
import { refusal } from './refusal.ts'

const candidate = (column: number, target?: string) => ({ place: { text: 'x', line: 1, column }, target })
const A = candidate(1, '/a')
const B = candidate(2, '/b')
const AGAIN = candidate(3, '/a')
const NAMELESS = candidate(4)

test('the target chooses, of two at one place the last', () => {
  expect(chooseMountIn('crun', [A, B, AGAIN], '/b')).toBe(B)
  expect(chooseMountIn('crun', [A, B, AGAIN], '/a')).toBe(AGAIN)
})

test('the only one needs no target, and one without a name takes any', () => {
  expect(chooseMountIn('crun', [A], undefined)).toBe(A)
  expect(chooseMountIn('crun', [NAMELESS], '/x')).toBe(NAMELESS)
})

test('a target that is not there, or none for several, is a fault that lists what there is', () => {
  expect(refusal(() => chooseMountIn('crun', [A, B], '/c'))).toMatchObject({
    dialect: 'crun',
    column: 1,
    found: '/a, /b',
    expected: 'a mount with a map at /c',
  })
  expect(refusal(() => chooseMountIn('oci', [NAMELESS, B], undefined))).toMatchObject({
    dialect: 'oci',
    column: 2,
    found: ', /b',
    expected: 'one mount with a map; give the target of the one that is meant',
  })
  expect(refusal(() => chooseMountIn('oci', [NAMELESS, NAMELESS], '/a')).column).toBe(4)
})

test('targets are told once each', () => {
  expect(targetsOf([A, NAMELESS, B, AGAIN])).toEqual(['/a', '/b'])
})
