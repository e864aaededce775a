import fs from 'node:fs'
import path from 'node:path'
import { withDir } from 'tmp-promise'
import { expect, test } from 'vitest'
import { here } from '../../../lib/kernel/caller.ts'
import { residentPages } from '../../../lib/kernel/residency.ts'

const PAGE = 4096

test('pages that were just written are in memory, those of a hole are not', () =>
  withDir(
    async directory => {
      const file = path.join(directory.path, 'file')
      fs.writeFileSync(file, Buffer.alloc(PAGE, 1))
      fs.truncateSync(file, 3 * PAGE)
      expect(residentPages(here(), file, 3)).toBe('100')
    },
    { unsafeCleanup: true },
  ))

test('nothing stays open or mapped', () => {
  const maps = () => fs.readFileSync('/proc/self/maps', 'utf8').split(import.meta.filename).length
  const [before, fds] = [maps(), fs.readdirSync('/proc/self/fd').length]
  residentPages(here(), import.meta.filename, 1)
  expect([maps(), fs.readdirSync('/proc/self/fd').length]).toEqual([before, fds])
})

test('a file that is not there is a refusal', () => {
  expect(() => residentPages(here(), '/no/such/file', 1)).toThrow(/ENOENT/)
})
