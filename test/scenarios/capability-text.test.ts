import { expect, test } from 'vitest'
import { fileCapabilityInWords, parseFileCapability } from '../../scenarios/kit/capability-text.ts'

test.each(['cap_net_bind_service=ep', 'cap_chown,cap_net_raw=p', 'cap_net_raw=eip', 'cap_checkpoint_restore=i'])(
  '%s is read and written as setcap(8) has it',
  text => {
    expect(fileCapabilityInWords(parseFileCapability(text))).toBe(text)
  },
)

test('the uid that is root where they count is written beside them', () => {
  const capability = { ...parseFileCapability('cap_net_raw=ep'), version: 3, rootid: 1000 } as const
  expect(fileCapabilityInWords(capability)).toBe('cap_net_raw=ep [rootid=1000]')
})

test.each(['', 'cap_net_raw', 'net_raw=ep', 'cap_snow=ep', 'cap_net_raw=x', 'cap_net_raw+ep'])(
  '%j is refused',
  text => {
    expect(() => parseFileCapability(text)).toThrow('expected capabilities such as "cap_net_raw=ep"')
  },
)
