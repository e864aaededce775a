import { describe, expect, test } from 'vitest'
import { parseLoginDefs } from '../../../lib/ranges/login-defs.ts'

describe('login.defs', () => {
  test('what it does not say is as shadow has it', () => {
    expect(parseLoginDefs('')).toEqual({
      accounts: { uid: { min: 1000, max: 60_000 }, gid: { min: 1000, max: 60_000 } },
      subids: {
        uid: { min: 100_000, max: 600_100_000, count: 65_536 },
        gid: { min: 100_000, max: 600_100_000, count: 65_536 },
      },
      faults: [],
    })
  })

  test('names stand before blanks and values, comments and other names are passed over, the last of two counts', () => {
    const { accounts, subids } = parseLoginDefs(
      '# SUB_UID_MIN 5\nSUB_UID_MIN\t\t   200000\nUMASK 022\n  SUB_UID_MAX 300000\r\nUID_MAX 1\nUID_MAX 50000\n#SUB_GID_MIN 7\n',
    )
    expect(subids.uid).toEqual({ min: 200_000, max: 300_000, count: 65_536 })
    expect(subids.gid.min).toBe(100_000)
    expect(accounts.uid.max).toBe(50_000)
  })

  test('a leading 0 is octal and 0x hexadecimal, as shadow reads them', () => {
    const { subids } = parseLoginDefs('SUB_UID_MIN 0x20000\nSUB_GID_MIN 0400000\n')
    expect([subids.uid.min, subids.gid.min]).toEqual([131_072, 131_072])
  })

  test.each(['-1', '1e6', '08', '99999999999', '4294967295', 'many', ''])(
    '%s is no number of ids: a fault, and the default',
    value => {
      const { subids, faults } = parseLoginDefs(`UMASK 022\nSUB_UID_MIN ${value}\n`)
      expect(subids.uid.min).toBe(100_000)
      expect(faults).toEqual(['line 2 of login.defs: SUB_UID_MIN is no number of ids'])
    },
  )
})
