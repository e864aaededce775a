import { describe, expect, test } from 'vitest'
import { cri } from '../../../lib/syntax/cri.ts'
import { DIGITS, entries, pair, said, wrong } from './told.ts'

const { container, mount } = cri.roles

const item = (host: number | string, inside: number | string, length: number | string = 1) =>
  `{"host_id":${host},"container_id":${inside},"length":${length}}`
const userns = (uids: string, gids = uids) => `{"mode":0,"uids":[${uids}],"gids":[${gids}]}`

describe('a container', () => {
  test('host_id is the host’s, container_id the container’s', () => {
    expect(said(container, userns(item(2005, 1005)))).toBe('1005→2005 | 1005→2005')
  })

  test.each([
    // https://github.com/kubernetes/kubernetes, pkg/kubelet/userns/userns_manager.go: what it writes for a pod
    [
      'the kubelet’s file',
      '{"uidMappings":[{"hostId":65536,"containerId":0,"length":65536}],"gidMappings":[{"hostId":131072,"containerId":0,"length":65536}]}',
    ],
    ['a UserNamespace', userns(item(65536, 0, 65536), item(131072, 0, 65536))],
    [
      'a pod sandbox’s configuration',
      `{"metadata":{"name":"x"},"linux":{"security_context":{"namespace_options":{"pid":1,"userns_options":${userns(item(65536, 0, 65536), item(131072, 0, 65536))}}}}}`,
    ],
    [
      'one as crictl shows it',
      `{"info":[5,{"config":{"linux":{"securityContext":{"namespaceOptions":{"usernsOptions":${userns(item(65536, 0, 65536), item(131072, 0, 65536))}}}}}}]}`,
    ],
  ])('%s', (_, text) => {
    expect(said(container, text)).toBe('0..65535→65536 | 0..65535→131072')
  })

  test('one list alone is for both halves', () => {
    expect(entries(container, `[${item(1, 2, 3)}]`)).toEqual(['1:2 uid 2 1 3', '1:2 gid 2 1 3'])
  })

  const LISTS = '"uids" and "gids", or "uidMappings" and "gidMappings"'
  test.each([
    ['true', 1, 1, 'true', 'an object or an array'],
    ['{}', 1, 1, '{}', LISTS],
    ['{"userns_options":{"mode":2}}', 1, 1, '{"userns_options":{"mode":2}}', LISTS],
    ['{"userns_options":[{}]}', 1, 1, '{"userns_options":[{}]}', LISTS],
    ['{"uids":5}', 1, 9, '5', 'an array'],
    ['[{}]', 1, 2, '{}', 'a member "container_id"'],
    ['[{"container_id":0}]', 1, 2, '{"container_id":0}', 'a member "host_id"'],
    ['[{"container_id":0,"host_id":1}]', 1, 2, '{"container_id":0,"host_id":1}', 'a member "length"'],
    [`[${item('"1"', 0)}]`, 1, 13, '"1"', `a host id ${DIGITS}`],
    [`[${item(1, -2)}]`, 1, 30, '-2', `a container id ${DIGITS}`],
    [`[${item(1, 2, '1e9')}]`, 1, 41, '1e9', `a count ${DIGITS}`],
  ])('%j is refused at its place', (text, line, column, found, expected) => {
    expect(wrong(container, text)).toEqual([[line, column, found, expected]])
  })

  test('written as the interface has it, the host first', () => {
    expect(container.format(pair([[0, 65536, 1]], []))).toBe(
      '{\n  "uids": [\n    {\n      "host_id": 65536,\n      "container_id": 0,\n      "length": 1\n    }\n  ],\n  "gids": []\n}\n',
    )
  })
})

describe('a mount', () => {
  const at = (path: string, key: string, host: number) =>
    `{"${key}":"${path}","uidMappings":[${item(host, 0)}],"gid_mappings":[${item(host, 0)}]}`
  const POD = `{"mounts":[${at('/a', 'container_path', 5)},{"container_path":"/b"},${at('/c', 'containerPath', 7)}]}`

  test('container_id is the disk’s, host_id what the host sees', () => {
    expect(said(mount, at('/a', 'container_path', 2005).replaceAll('"container_id":0', '"container_id":1005'))).toBe(
      '1005→2005 | 1005→2005',
    )
    expect(said(mount, `[${item(2005, 1005)}]`)).toBe('1005→2005 | 1005→2005')
    expect(wrong(mount, `[${item(1, -2)}]`)).toEqual([[1, 30, '-2', `a disk id ${DIGITS}`]])
  })

  test('the target chooses among several', () => {
    expect(cri.targets(POD)).toEqual(['/a', '/c'])
    expect(said(mount, POD, { target: '/c' })).toBe('0→7 | 0→7')
    expect(wrong(mount, POD)[0]?.slice(2)).toEqual([
      '/a, /c',
      'one mount with a map; give the target of the one that is meant',
    ])
    expect(cri.targets('{}')).toEqual([])
    expect(cri.targets('nothing')).toEqual([])
  })

  test('half a map is a fault', () => {
    const half = `{"uidMappings":[${item(1, 2)}]}`
    expect(wrong(mount, half)).toEqual([[1, 1, half, '"uidMappings" and "gidMappings" together']])
    expect(wrong(mount, '{}')).toEqual([[1, 1, '{}', '"uidMappings" and "gidMappings" together']])
    expect(wrong(mount, '"x"')).toEqual([[1, 1, '"x"', 'an object or an array']])
  })

  test('written as the interface has it', () => {
    expect(JSON.parse(mount.format(pair([[1, 2, 3]])))).toEqual({
      uidMappings: [{ host_id: 2, container_id: 1, length: 3 }],
      gidMappings: [{ host_id: 2, container_id: 1, length: 3 }],
    })
  })
})

test.each([
  [userns(item(1, 2)), true],
  ['{"uidMappings":[{"hostId":5}]}', true],
  ['[{"containerId":5}]', true],
  ['{"containerID":5}', false],
  ['host_id "host_id"', false],
])('%j: is it Kubernetes’? %j', (text, is) => {
  expect(cri.recognises(text)).toBe(is)
})
