import fc from 'fast-check'
import { type IdMapPair, pairOf } from '../../../lib/idmap/pair.ts'
import { extentsNear, TOP } from '../idmap/oracle.ts'

/** Random pairs near 0 and near the last id. */
export function pairs<From extends string, To extends string>(): fc.Arbitrary<IdMapPair<From, To>> {
  const base = fc.constantFrom(0, 99_990, TOP)
  return fc
    .tuple(base, base)
    .chain(([from, to]) => fc.record({ uid: extentsNear(from, to), gid: extentsNear(to, from) }))
    .map(extents => pairOf<From, To>(extents))
}

/** Text that is nearly right: pieces of all dialects, digits of other scripts, signs, control characters, put together at random. */
export const garbage: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'u',
          'g',
          'b',
          ':',
          ';',
          ' ',
          '\t',
          '\n',
          '\r\n',
          '#',
          '=',
          'lxc.idmap',
          'lxc.id_map',
          'idmap=',
        ),
        fc.constantFrom('0', '1', '65536', '100000', '4294967294', '4294967295', '99999999999999999999', '007'),
        fc.constantFrom('-1', '+1', '0x10', '1e3', '1.5', '٣', '１', '\u0000', '\u001b[2J', '\u202e', '\ud800'),
      ),
      { maxLength: 20 },
    )
    .map(pieces => pieces.join('')),
  fc
    .array(fc.constantFrom('u 0 1 1', 'u:0:1:1', '0 1 1', 'g 5 9 0', ''), { maxLength: 5 })
    .map(lines => lines.join('\n')),
)
