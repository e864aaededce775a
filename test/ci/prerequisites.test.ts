import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let directory: DirectoryResult
const NAME = 'idmaplab-no-such-command'
const wanted = { package: 'none', command: NAME, why: 'nothing' }

beforeEach(async () => {
  directory = await temporaryDirectory({ unsafeCleanup: true })
  vi.resetModules()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await directory.cleanup()
})

/** The module as it is for somebody with this PATH, read when it is loaded. */
function withPath(searchPath: string) {
  vi.stubEnv('PATH', searchPath)
  return import('../../ci/prerequisites.mjs')
}

function place(mode: number): void {
  fs.writeFileSync(path.join(directory.path, NAME), '#!/bin/sh\n', { mode })
}

test('a command is there when a directory of PATH has it', async () => {
  const { isInstalled } = await withPath(`/no/such/place:${directory.path}`)
  expect(isInstalled(wanted)).toBe(false)
  place(0o755)
  expect(isInstalled(wanted)).toBe(true)
})

test('a file that cannot be executed, or a directory, is no command', async () => {
  const { isInstalled } = await withPath(directory.path)
  place(0o644)
  expect(isInstalled(wanted)).toBe(false)
  fs.rmSync(path.join(directory.path, NAME))
  fs.mkdirSync(path.join(directory.path, NAME))
  expect(isInstalled(wanted)).toBe(false)
})

test('sbin is looked into although an ordinary user’s PATH has none', async () => {
  const { searchPath } = await withPath('/usr/bin:/bin')
  expect(searchPath.split(':')).toEqual(['/usr/bin', '/bin', '/usr/sbin', '/sbin'])
})

test('a file is there when it is there', async () => {
  const { isInstalled } = await withPath('')
  const file = path.join(directory.path, 'keyring.gpg')
  expect(isInstalled({ package: 'keyring', file, why: 'keys' })).toBe(false)
  fs.writeFileSync(file, '')
  expect(isInstalled({ package: 'keyring', file, why: 'keys' })).toBe(true)
})

test('every prerequisite is a package with a reason, and a command or file by which it is known', async () => {
  const { prerequisites } = await withPath('/usr/bin')
  expect(prerequisites().length).toBeGreaterThan(3)
  for (const { package: name, command, file, why } of prerequisites()) {
    expect(name).toMatch(/^[a-z0-9][a-z0-9+.-]+$/)
    expect(why).not.toBe('')
    expect([command, file].filter(sign => sign !== undefined)).toHaveLength(1)
  }
})

test('what is missing is installed by one line, without a question and without what is merely recommended', async () => {
  const { installArguments } = await withPath('/usr/bin')
  expect(installArguments([wanted, { ...wanted, package: 'other' }]).join(' ')).toBe(
    'install --yes --no-install-recommends none other',
  )
})
