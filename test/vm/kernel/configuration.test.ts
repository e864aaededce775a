import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseConfiguration, readConfiguration } from '../../../vm/kernel/configuration.ts'
import { scratchDirectory } from '../cache/scratch.ts'

const TEXT = `#
# Linux/x86 6.12 Kernel Configuration
CONFIG_CC_VERSION_TEXT="gcc"
CONFIG_EXT4_FS=y
CONFIG_VFAT_FS=m
# CONFIG_KASAN is not set
CONFIG_NR_CPUS=8192
CONFIG_ODD=n
`

test('an option is built in, a module or off', () => {
  const has = parseConfiguration(TEXT)
  expect(['EXT4_FS', 'VFAT_FS', 'KASAN', 'NR_CPUS', 'ODD', 'NEVER_HEARD_OF'].map(option => has?.(option))).toEqual([
    'y',
    'm',
    '-',
    'y',
    '-',
    '-',
  ])
})

test('a text that sets nothing is no configuration', () => {
  expect(parseConfiguration('# CONFIG_X is not set\n')).toBeUndefined()
  expect(parseConfiguration('')).toBeUndefined()
})

test('a configuration is read as it lies, compressed like /proc/config.gz, or not at all', async () => {
  const path = join(await scratchDirectory(), 'config')
  await writeFile(path, TEXT)
  expect((await readConfiguration(path))?.('VFAT_FS')).toBe('m')
  await writeFile(path, gzipSync(TEXT))
  expect((await readConfiguration(path))?.('VFAT_FS')).toBe('m')
  await writeFile(path, gzipSync(Buffer.alloc(20e6)))
  expect(await readConfiguration(path)).toBeUndefined()
  expect(await readConfiguration(join(path, '..'))).toBeUndefined()
  expect(await readConfiguration(undefined)).toBeUndefined()
})
