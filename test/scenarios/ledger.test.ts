import { expect, test } from 'vitest'
import { Ledger } from '../../scenarios/kit/ledger.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { refused } from './fake-guest.ts'

const seen = (owner: string) => ({ expected: '0:0', found: owner })
const refuse = () => Promise.reject(refused('EPERM', 'fchownat', '/a'))
const succeed = () => Promise.resolve()

test('the disk column is filled when the books are closed, not before', async () => {
  const ledger = new Ledger()
  let onDisk = '0:0'
  ledger.row({ path: '/a', host: seen('0:0'), container: seen('0:0') }, '1005:1005', async () => onDisk)
  onDisk = '1005:1005'
  expect((await ledger.close()).rows).toEqual([
    {
      chapter: '',
      path: '/a',
      disk: { expected: '1005:1005', found: '1005:1005' },
      host: seen('0:0'),
      container: seen('0:0'),
      outcome: 'PASS',
    },
  ])
})

test.each([
  ['disk', '7:7', '0:0', '0:0'],
  ['host', '0:0', '7:7', '0:0'],
  ['container', '0:0', '0:0', 'EACCES'],
])('one wrong cell, the %s’s, fails its row', async (_, disk, host, container) => {
  const ledger = new Ledger()
  ledger.row({ path: '/a', host: seen(host), container: seen(container) }, '0:0', async () => disk)
  expect((await ledger.close()).rows.map(({ outcome }) => outcome)).toEqual(['FAIL'])
})

test('what must succeed and does is no claim of its own; what is refused is a failed one', async () => {
  const ledger = new Ledger()
  await ledger.mustSucceed('root: create /a', succeed)
  await ledger.mustSucceed('root: chown /a', refuse)
  expect((await ledger.close()).checks).toEqual([
    { chapter: '', claim: 'root: chown /a', expected: 'success', found: 'EPERM', outcome: 'FAIL' },
  ])
})

test('what must be refused passes with the right errno only', async () => {
  const ledger = new Ledger()
  await ledger.mustFail('right', 'EPERM', refuse)
  await ledger.mustFail('wrong errno', 'EACCES', refuse)
  await ledger.mustFail('no refusal', 'EPERM', succeed)
  const { checks } = await ledger.close()
  expect(checks.map(({ claim, found, outcome }) => `${claim}: ${found} ${outcome}`)).toEqual([
    'right: EPERM PASS',
    'wrong errno: EPERM FAIL',
    'no refusal: success FAIL',
  ])
})

test('an error that is no refusal is no claim about the kernel: it goes on to the runner', async () => {
  const ledger = new Ledger()
  const died = new HarnessError('QEMU_DIED', 'QEMU was killed.')
  await expect(ledger.mustSucceed('a', () => Promise.reject(died))).rejects.toBe(died)
  await expect(ledger.mustFail('a', 'EPERM', () => Promise.reject(died))).rejects.toBe(died)
  await expect(ledger.mustFail('a', 'EPERM', () => Promise.reject(new TypeError('a')))).rejects.toThrow(TypeError)
  expect(await ledger.close()).toEqual({ chapters: [], rows: [], checks: [] })
})

test('chapters are told in the order of the story, whatever is claimed in them, and none in which nothing is', async () => {
  const ledger = new Ledger()
  ledger.check('before any', 'x', 'x')
  ledger.enter('Empty')
  ledger.enter('Checks')
  ledger.check('claim', 'x', 'x')
  ledger.enter('Bytes')
  ledger.checkLater('bytes', 'snow', async () => 'snow')
  ledger.enter('Owners')
  ledger.row({ path: '/a', host: seen('0:0'), container: seen('0:0') }, '0:0', async () => '0:0')
  ledger.enter('Checks')
  ledger.check('another', 'x', 'x')
  expect(ledger.closeUnread().chapters).toEqual(['', 'Checks', 'Bytes', 'Owners'])
  expect((await ledger.close()).chapters).toEqual(['', 'Checks', 'Bytes', 'Owners'])
})

test('everything stands under the chapter in which it was claimed, whenever it is looked at', async () => {
  const ledger = new Ledger()
  ledger.enter('One')
  ledger.checkLater('bytes', 'snow', async () => 'rain')
  ledger.row({ path: '/a', host: seen('0:0'), container: seen('0:0') }, '0:0', async () => '0:0')
  ledger.enter('Two')
  ledger.check('claim', 'x', 'x')
  const { rows, checks } = await ledger.close()
  expect(rows.map(({ chapter }) => chapter)).toEqual(['One'])
  expect(checks.map(({ chapter, claim, outcome }) => [chapter, claim, outcome])).toEqual([
    ['Two', 'claim', 'PASS'],
    ['One', 'bytes', 'FAIL'],
  ])
})
