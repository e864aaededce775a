import fs from 'node:fs'
import os from 'node:os'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, here } from '../../../../lib/kernel/caller.ts'
import { filesystemTypes, probeFilesystem } from '../../../../lib/kernel/probe/filesystems.ts'
import { makeImage } from '../../../../lib/kernel/probe/images.ts'
import { features, type ProbeReport, probe } from '../../../../lib/kernel/probe/probe.ts'
import { openWorkshop } from '../../../../lib/kernel/probe/workshop.ts'
import { children, noLoopDevices } from '../looking.ts'
import { noIdmappedTmpfs, openDescriptors, testUnless } from '../native.ts'
import { runsAtLeast } from '../running-kernel.ts'

const natively = testUnless(noIdmappedTmpfs)
const withLoop = testUnless(noIdmappedTmpfs ?? noLoopDevices)

const filesystem = ({ filesystems }: ProbeReport, type: string) => filesystems.find(report => report.type === type)
// Other tests mount and loop meanwhile; what a probe makes has this directory in its name, or "probe" for a source.
let place: DirectoryResult
const { TMPDIR } = process.env
beforeAll(async () => {
  place = await temporaryDirectory({ unsafeCleanup: true })
  process.env.TMPDIR = place.path
})
afterAll(async () => {
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  await place.cleanup()
})

const state = () => ({
  mounts: fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line.includes(' probe ')),
  loops: fs
    .readdirSync('/sys/block')
    .map(backingFile)
    .filter(file => file.includes(place.path)),
  images: fs.readdirSync(place.path),
  descriptors: openDescriptors(),
  children: children(),
  ids: [process.getuid?.(), process.geteuid?.()],
})

function backingFile(device: string): string {
  try {
    return fs.readFileSync(`/sys/block/${device}/loop/backing_file`, 'utf8')
  } catch {
    return ''
  }
}

natively('as root it finds out what this kernel does, and leaves nothing behind', () => {
  probe()
  const before = state()
  const report = probe()
  expect(state()).toEqual(before)
  expect(before).toMatchObject({ mounts: [], loops: [], images: [], ids: [0, 0] })
  expect(report.kernel).toBe(os.release())
  expect(Object.keys(report.features)).toEqual(Object.keys(features))
  expect(report.features.mountSetattr.state).toBe('yes')
  expect(report.features.userNamespaces.state).toBe('yes')
  expect(filesystem(report, 'tmpfs')).toEqual({
    type: 'tmpfs',
    idmappedMount: { state: 'yes' },
    inUserNamespace: { state: 'yes' },
  })
  expect(filesystem(report, 'proc')?.idmappedMount).toMatchObject({ state: 'no', errno: 'EINVAL' })
  expect(report.limits.extentsPerMap).toBe(340)
})

// Upstream kernels do what their version says; a distribution's may do more.
natively('what came with a version is there from that version on', () => {
  const { features: answers } = probe()
  for (const name of ['openTreeAttr', 'replaceIdmap', 'statmount', 'listmount', 'idmapInUserNamespace'] as const) {
    if (runsAtLeast(features[name].since)) expect([name, answers[name].state]).toEqual([name, 'yes'])
  }
})

withLoop('ext4 is made and tried; the same driver under the name ext2 is another file system', () => {
  using workshop = openWorkshop()
  expect(probeFilesystem('ext4', workshop)).toMatchObject({
    idmappedMount: { state: 'yes' },
    inUserNamespace: { state: 'no', errno: 'EPERM' },
  })
  if (filesystemTypes().includes('ext2'))
    expect(probeFilesystem('ext2', workshop).idmappedMount).toMatchObject({ state: 'no', errno: 'EINVAL' })
})

natively('a file system the kernel has not is not there for anybody', () => {
  using workshop = openWorkshop()
  const absent = { state: 'no', errno: 'ENODEV' }
  expect(probeFilesystem('nosuchfs', workshop)).toMatchObject({ idmappedMount: absent, inUserNamespace: absent })
})

test('an image whose tool is not installed says which package has it', () => {
  const { PATH } = process.env
  expect(makeImage('nosuchfs')).toEqual({ needs: 'a way to make a nosuchfs' })
  const image = makeImage('jfs')
  if ('needs' in image) expect(image.needs).toMatch(/^mkfs\.jfs, which is not installed \(Debian: jfsutils\)/)
  else fs.closeSync(image.fd)
  expect([process.env.PATH, fs.readdirSync(place.path)]).toEqual([PATH, []])
})

natively('without root it says of each thing what it would need', () => {
  const UNCHANGED = 0xffffffff
  call(here(), 'setresuid', [UNCHANGED, 65534, UNCHANGED])
  let report: ProbeReport
  try {
    report = probe()
  } finally {
    call(here(), 'setresuid', [UNCHANGED, 0, UNCHANGED])
  }
  expect(report.uid).toBe(65534)
  expect(filesystem(report, 'ext4')?.idmappedMount).toEqual({
    state: 'unknown',
    needs: expect.stringMatching(/^CAP_SYS_ADMIN in the initial user namespace/),
  })
  expect(report.features.overlayOverIdmapped.state).toBe('unknown')
  expect(report.features.extentsPerMap.state).toBe('unknown')
  expect(report.features.mountSetattr.state).toBe('yes')
  expect(report.limits.extentsPerMap).toBeNull()
})
