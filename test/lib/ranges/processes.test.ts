import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { leaseRange } from '../../../lib/ranges/leasing.ts'
import { readLeases } from '../../../lib/ranges/registry.ts'
import { readSubids } from '../../../lib/syntax/subid.ts'
import { INITIAL, madeUpRoot } from './made-up-root.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

function place() {
  const root = madeUpRoot(INITIAL)
  return { root, registry: path.join(root, 'var/ranges.json') }
}

/** Another process that does one of `acts/`; `heard` is called with each of its lines. */
function start(act: string, args: readonly string[], heard: (line: string, child: ChildProcess) => void) {
  const script = fileURLToPath(new URL(`./acts/${act}.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  createInterface(child.stdout).on('line', line => heard(line, child))
  return { child, closed: once(child, 'close') }
}

function subidLines(root: string): readonly string[] {
  return ['subuid', 'subgid'].map(file => {
    const { lines, faults } = readSubids(fs.readFileSync(path.join(root, 'etc', file), 'utf8'))
    expect(faults).toEqual([])
    return lines.map(({ owner, from, count }) => `${owner}:${from}:${count}`).join('\n')
  })
}

test('twenty processes that ask at once get twenty ranges, and every one is written down', async () => {
  const where = place()
  const given: string[] = []
  let ready = 0
  const children = numbers(20).map(index =>
    start('lease-once', [where.root, where.registry, `box${index}`], line => {
      if (line !== 'ready') given.push(line)
      else if (++ready === 20) for (const { child } of children) child.stdin?.end()
    }),
  )
  const ends = await Promise.all(children.map(({ closed }) => closed))
  expect(ends).toEqual(numbers(20).map(() => [0, null]))
  expect(new Set(given).size).toBe(20)
  const leases = readLeases(where)
  expect(leases.map(({ name }) => name).toSorted()).toEqual(
    numbers(20)
      .map(index => `box${index}`)
      .toSorted(),
  )
  expect(leases.map(({ pieces }) => `${pieces[0]?.to}`).toSorted()).toEqual(given.toSorted())
  const [subuid, subgid] = subidLines(where.root)
  expect(subuid?.split('\n')).toHaveLength(20)
  expect(subgid).toBe(subuid)
}, 120_000)

test('processes killed at any moment lose no lease, give none twice, and leave no lock behind', async () => {
  const where = place()
  const leased = new Map<string, string>()
  const released = new Set<string>()
  // Each is killed when it has said so many lines, while it and the others go on.
  const children = [3, 5, 8, 13, 17, 20].map((lines, index) => {
    let said = 0
    return start('lease-forever', [where.root, where.registry, `p${index}x`], (line, child) => {
      const [word = '', name = '', host = ''] = line.split(' ')
      if (word === 'leased') leased.set(name, host)
      else released.add(name)
      // A reader takes no lock, and never sees half a registry.
      readLeases(where)
      if (++said === lines) child.kill('SIGKILL')
    })
  })
  const ends = await Promise.all(children.map(({ closed }) => closed))
  expect(ends).toEqual(ends.map(() => [null, 'SIGKILL']))

  // Readable at all means that no two leases meet.
  const leases = new Map(readLeases(where).map(({ name, pieces }) => [name, `${pieces[0]?.to}`]))
  for (const [name, host] of leased) if (!released.has(name)) expect([name, leases.get(name)]).toEqual([name, host])
  expect(leased.size).toBeGreaterThan(20)

  const next = await leaseRange({ name: 'next', owner: 'alice', count: 1000, subids: true }, where)
  expect([...leases.values()]).not.toContain(`${next.lease.pieces[0]?.to}`)
  const delegated = subidLines(where.root).flatMap(text => text.split('\n'))
  expect(delegated.filter(line => line === `alice:${next.lease.pieces[0]?.to}:1000`)).toHaveLength(2)
}, 120_000)
