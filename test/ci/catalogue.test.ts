import fs from 'node:fs'
import { expect, test } from 'vitest'
import { loadScenarios } from '../../ci/catalogue.ts'
import { UsageError } from '../../ci/usage-error.ts'

const names = async (...asked: Parameters<typeof loadScenarios>) =>
  (await loadScenarios(...asked)).map(({ name }) => name)

test('every file of scenarios/ is a story that says what it is and who promises it', async () => {
  const files = fs.readdirSync(new URL('../../scenarios', import.meta.url)).filter(file => file.endsWith('.ts'))
  const stories = await loadScenarios([])
  expect(stories.map(({ name }) => `${name}.ts`)).toEqual(files.sort())
  expect(files).toEqual(
    expect.arrayContaining(['ext4-shared-directory.ts', 'overlay-shared-rootfs.ts', 'vfat-usb-stick.ts']),
  )
  for (const story of stories) {
    expect(story.title).toMatch(/^[A-Z].*[^.]$/)
    expect(story.promisedBy).toMatch(/^https:\/\//)
    expect(Object.keys(story.disks)).not.toEqual([])
  }
})

test('every disk a story speaks of in its needs is one it has', async () => {
  for (const { needs, disks } of await loadScenarios([])) {
    const onDisks = ['idmappedMountsOn', 'overlayOver', 'aclsOn', 'fileCapabilitiesOn']
    const named = needs.flatMap(need =>
      Object.entries(need).flatMap(([key, name]) => (onDisks.includes(key) ? [name] : [])),
    )
    expect(Object.keys(disks)).toEqual(expect.arrayContaining(named))
  }
})

test('only those named are told, in the order named, each once', async () => {
  expect(await names(['vfat-usb-stick', 'ext4-shared-directory', 'vfat-usb-stick'])).toEqual([
    'vfat-usb-stick',
    'ext4-shared-directory',
  ])
})

test('a file system keeps the stories about it: those with such a disk, and those that need it besides', async () => {
  expect(await names([], 'vfat')).toEqual([
    'proxmox-hotplug',
    'superblock-from-a-namespace',
    'two-containers-one-directory',
    'vfat-usb-stick',
  ])
  expect(await names([], 'overlay')).toEqual(['overlay-shared-rootfs', 'superblock-from-a-namespace'])
  expect(await names([], 'ext4')).toEqual(expect.arrayContaining(['ext4-shared-directory', 'overlay-shared-rootfs']))
  expect(await names(['ext4-shared-directory', 'vfat-usb-stick'], 'ext4')).toEqual(['ext4-shared-directory'])
})

test('a name nobody knows is the user’s error, and the names there are are told', async () => {
  const error = await loadScenarios(['vfat-usb-stick', 'nope']).catch(e => e)
  expect(error).toBeInstanceOf(UsageError)
  expect(error.message).toMatch(/^There is no scenario "nope"; there are: .*ext4-shared-directory.*vfat-usb-stick.*\.$/)
})

test.each(['../ci/cli', 'kit/run', '', 'vfat-usb-stick.ts'])('%j is no name of a story', async name => {
  await expect(loadScenarios([name])).rejects.toThrow(UsageError)
})

test('a file system no chosen story is about is the user’s error, and those they are about are told', async () => {
  const error = await loadScenarios(['vfat-usb-stick'], 'xfs').catch(e => e)
  expect(error).toBeInstanceOf(UsageError)
  expect(error.message).toBe('None of these scenarios is about "xfs"; they are about: vfat.')
})
