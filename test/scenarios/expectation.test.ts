import { describe, expect, test } from 'vitest'
import { parseExpectations } from '../../scenarios/kit/expectation.ts'

describe('a story’s table', () => {
  test('has a path a line, and who owns it on the disk, for the host and in the container', () => {
    expect(
      parseExpectations(`
        /srv         disk               host           container

        .            1005:1005          101005:101005  1005:1005
        a file       upper 1005:101004  65534:65534    0:0
        of-the-last  4294967294:0\t4294967294:0  65534:0
      `),
    ).toEqual({
      place: '/srv',
      rows: [
        { path: '.', aspect: 'owner', disk: '1005:1005', host: '101005:101005', container: '1005:1005' },
        { path: 'a file', aspect: 'owner', disk: 'upper 1005:101004', host: '65534:65534', container: '0:0' },
        { path: 'of-the-last', aspect: 'owner', disk: '4294967294:0', host: '4294967294:0', container: '65534:0' },
      ],
    })
  })

  test('can be about something else of a path, named in brackets', () => {
    const lines = [
      'a b [acl]  u:60001:r--  u:1005:r--  none',
      'c [mode]  upper 4755  4755  4755',
      'd[mode]  -  1:1  1:1',
    ]
    expect(parseExpectations(`/srv  disk  host  container\n${lines.join('\n')}`).rows).toEqual([
      { path: 'a b', aspect: 'acl', disk: 'u:60001:r--', host: 'u:1005:r--', container: 'none' },
      { path: 'c', aspect: 'mode', disk: 'upper 4755', host: '4755', container: '4755' },
      { path: 'd[mode]', aspect: 'owner', disk: '-', host: '1:1', container: '1:1' },
    ])
  })

  test.each([
    '/srv  host  disk  container',
    '/srv  disk  host',
    '/srv disk host container',
    'path  disk  host  container',
    'a  0:0  0:0  0:0',
    '',
  ])('is refused when it begins with %j', heading => {
    expect(() => parseExpectations(`\n${heading}\na  0:0  0:0  0:0\n`.replace(/^\n\n/, ''))).toThrow(TypeError)
    expect(() => parseExpectations(heading)).toThrow(
      'a table begins with "/directory  disk  host  container", two or more spaces apart, this one with',
    )
  })

  test('is refused when it has no path: it would expect nothing', () => {
    expect(() => parseExpectations('/srv  disk  host  container\n\n')).toThrow('a table without a path expects nothing')
  })

  test.each([
    ['a column too few', 'a  0:0  0:0'],
    ['a column too many', 'a  0:0  0:0  0:0  0:0'],
    ['single spaces between columns', 'a 0:0 0:0 0:0'],
    ['one single space between columns', 'a  0:0 0:0  0:0'],
    ['a uid alone', 'a  0:0  0  0:0'],
    ['something unknown in brackets', 'a [group]  root  root  root'],
    ['an ACL without a column', 'a [acl]  none  none'],
    ['a name instead of an id', 'a  0:0  0:0  root:root'],
    ['a negative id', 'a  0:0  -1:0  0:0'],
    ['a disk’s name where there is no disk', 'a  0:0  upper 0:0  0:0'],
  ])('is refused for %s', (_, line) => {
    const reading = () => parseExpectations(`/srv  disk  host  container\n${line}`)
    expect(reading).toThrow(TypeError)
    expect(reading).toThrow(`two or more spaces apart, found ${JSON.stringify(line)}`)
  })
})
