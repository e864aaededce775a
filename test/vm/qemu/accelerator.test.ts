import fs from 'node:fs'
import path from 'node:path'
import { dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseAccelerator, KvmVerdict, kvmOpens } from '../../../vm/qemu/accelerator.ts'

const remembered = (works: boolean | undefined) => ({ get: () => works })

describe('the accelerator', () => {
  test.each([true, false])('is the one that was asked for, whatever there is (kvm opens: %s)', opens => {
    for (const works of [true, false, undefined]) {
      expect(chooseAccelerator('kvm', remembered(works), () => opens)).toEqual({ accelerator: 'kvm' })
      expect(chooseAccelerator('tcg', remembered(works), () => opens)).toEqual({ accelerator: 'tcg' })
    }
  })

  test.each([true, undefined])('is KVM when it opens and is not known not to work (verdict: %s)', works => {
    expect(chooseAccelerator('auto', remembered(works), () => true)).toEqual({ accelerator: 'kvm' })
  })

  test('is TCG with a line about it when KVM opens and did not work before', () => {
    expect(chooseAccelerator('auto', remembered(false), () => true)).toEqual({
      accelerator: 'tcg',
      note: 'KVM did not work here before: using TCG (emulation), which is slower.',
    })
  })

  test.each([true, false, undefined])('is TCG with a line about it when KVM cannot be opened (verdict: %s)', works => {
    expect(chooseAccelerator('auto', remembered(works), () => false)).toEqual({
      accelerator: 'tcg',
      note: 'No usable /dev/kvm: using TCG (emulation), which is slower.',
    })
  })
})

describe('the verdict on KVM', () => {
  let cache: string
  let removeCache: () => Promise<void>
  const file = () => path.join(cache, 'kvm.json')

  beforeEach(async () => {
    const directory = await temporaryDirectory({ unsafeCleanup: true })
    cache = directory.path
    removeCache = directory.cleanup
  })
  afterEach(() => removeCache())

  test('is unknown until it is remembered', () => {
    expect(new KvmVerdict(cache, '7.2').get()).toBeUndefined()
  })

  test.each([true, false])('%s is remembered from one run to the next', works => {
    new KvmVerdict(cache, '7.2').remember(works)
    expect(new KvmVerdict(cache, '7.2').get()).toBe(works)
  })

  test('may change, and leaves one file and nothing temporary behind', () => {
    const verdict = new KvmVerdict(cache, '7.2')
    verdict.remember(false)
    verdict.remember(true)
    expect(verdict.get()).toBe(true)
    expect(fs.readdirSync(cache)).toEqual(['kvm.json'])
  })

  test('says nothing about another QEMU', () => {
    new KvmVerdict(cache, '7.2').remember(false)
    expect(new KvmVerdict(cache, '10.0').get()).toBeUndefined()
  })

  test('says nothing about another machine, or this one after a restart', () => {
    new KvmVerdict(cache, '7.2').remember(false)
    const verdict = JSON.parse(fs.readFileSync(file(), 'utf8'))
    fs.writeFileSync(file(), JSON.stringify({ ...verdict, about: `other ${verdict.about}` }))
    expect(new KvmVerdict(cache, '7.2').get()).toBeUndefined()
  })

  test.each(['', '{', 'null', '[]', '"true"', '{"works":false}', '\u0000'])(
    'is unknown when its file holds %j',
    text => {
      fs.writeFileSync(file(), text)
      expect(new KvmVerdict(cache, '7.2').get()).toBeUndefined()
    },
  )

  test('is unknown when it is for this machine and no yes or no', () => {
    new KvmVerdict(cache, '7.2').remember(false)
    const verdict = JSON.parse(fs.readFileSync(file(), 'utf8'))
    fs.writeFileSync(file(), JSON.stringify({ ...verdict, found: 'no' }))
    expect(new KvmVerdict(cache, '7.2').get()).toBeUndefined()
  })
})

test('a device opens, or it is not there', () => {
  expect(kvmOpens('/dev/null')).toBe(true)
  expect(kvmOpens('/dev/null/kvm')).toBe(false)
})
