import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const TOP = fileURLToPath(new URL('../..', import.meta.url))

test('everything the library exports is documented, and all it refers to', async () => {
  const { stdout, stderr } = await promisify(execFile)('npx', ['typedoc', '--emit', 'none'], { cwd: TOP })
  expect(`${stdout}${stderr}`).not.toMatch(/\[(warning|error)\]/)
}, 120_000)
