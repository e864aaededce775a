import { expect, test } from 'vitest'
import { nearly } from '../../../lib/syntax/typo.ts'

test.each(['idmap', 'idmp', 'idmapp', 'idnap', 'dimap', 'idmpa', 'dmap', 'idma', 'xidmap', 'idamp'])(
  '%s is nearly idmap',
  word => {
    expect(nearly(word, 'idmap')).toBe(true)
  },
)

test.each(['', 'mp', 'imp', 'id', 'idmapping', 'pamdi', 'mapid', 'uidmaps', 'idnop', 'diamp', 'idpma', 'readonly'])(
  '%j is not',
  word => {
    expect(nearly(word, 'idmap')).toBe(false)
  },
)
