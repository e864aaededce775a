import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openApt } from '../../../vm/debian/apt.ts'
import { aptConfiguration, sourceLine } from '../../../vm/debian/apt-configuration.ts'
import { parseCandidates } from '../../../vm/debian/candidate.ts'
import { fetchFailure, isGone, saysNotFetched } from '../../../vm/debian/fetch-failure.ts'
import { credentials, fetchSettings } from '../../../vm/debian/host-settings.ts'
import { parseIndexTargets, pickMirror } from '../../../vm/debian/mirror.ts'
import { compareVersions } from '../../../vm/debian/version.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { silent } from '../../../vm/progress.ts'
import { scratchCache } from '../cache/scratch.ts'

describe("the host's archive", () => {
  const pick = (...lines: readonly string[]) => pickMirror(parseIndexTargets(lines.join('\n')))

  test('is the one whose index says that it is Debian', () => {
    const found = pick(
      'https://vendor.example/apt/|bookworm|main|Vendor|Vendor tools',
      'http://security.example/debian-security/|bookworm-security|main|Debian|Debian-Security',
      'http://mirror.example/debian/|bookworm-updates|main|Debian|Debian',
      'http://mirror.example/debian/|bookworm|main|Debian|Debian',
    )
    expect(found).toBe('http://mirror.example/debian')
  })

  test('is recognised by its -updates on a machine that never ran apt-get update', () => {
    const unknown = '$(ORIGIN)|$(LABEL)'
    const found = pick(
      `https://vendor.example/debian/|bookworm|main|${unknown}`,
      `https://tools.example/apt/|tools-bookworm|main|${unknown}`,
      `https://site.example/remote/apt-proxy/|bookworm|main|${unknown}`,
      `https://site.example/remote/apt-proxy/|bookworm-updates|main|${unknown}`,
    )
    expect(found).toBe('https://site.example/remote/apt-proxy')
  })

  test('may be a list of mirrors, but not a CD', () => {
    const unknown = '$(ORIGIN)|$(LABEL)'
    const found = pick(
      `cdrom:[Debian 13]/|trixie|main|${unknown}`,
      `mirror+file:/etc/apt/mirrors/list/|trixie|main|${unknown}`,
    )
    expect(found).toBe('mirror+file:/etc/apt/mirrors/list')
  })

  test('is not found on another distribution, nor where only contrib or security is configured', () => {
    expect(pick()).toBeUndefined()
    expect(pick('http://other.example/other/|noble|main|Other|Other')).toBeUndefined()
    expect(pick('http://mirror.example/debian/|trixie|contrib|Debian|Debian')).toBeUndefined()
    expect(pick('http://mirror.example/debian-security/|trixie|main|Debian|Debian-Security')).toBeUndefined()
  })
})

describe('the private apt root', () => {
  const root = { dir: '/c/apt/trixie', suite: 'trixie' }

  test('keeps to its own directories and drops the hooks of the host', () => {
    expect(aptConfiguration(root)).toMatchSnapshot()
  })

  test('reads one suite, checked against the one keyring', () => {
    expect(sourceLine(root, 'http://mirror.example/debian', '/k.gpg')).toBe(
      'deb [arch=amd64 signed-by=/k.gpg target=Packages lang=none pdiffs=no] http://mirror.example/debian trixie main\n',
    )
  })
})

test('an apt that does not read the configuration of the host is told its proxies and credentials, not its indexes', () => {
  const dump = [
    'Acquire::http::Proxy "http://user:secret@proxy.example:3128/";',
    'Acquire::IndexTargets::deb::Packages::MetaKey "x";',
    'Acquire::Languages:: "de";',
    'Acquire::Check-Valid-Until "false";',
  ]
  expect(fetchSettings(dump.join('\n'))).toEqual([dump[0], dump[3]])
  expect(credentials("netrc='/etc/apt/auth.conf'\nparts='/etc/apt/auth.conf.d/'\n")).toEqual([
    'Dir::Etc::netrc "/etc/apt/auth.conf";',
    'Dir::Etc::netrcparts "/etc/apt/auth.conf.d/";',
  ])
})

test('what apt-cache shows is read with the newest version first', () => {
  const stanza = (version: string, depends: string) =>
    `Package: linux-image\nVersion: ${version}\nInstalled-Size: 13\nSize: 1924\nDepends: ${depends}\nSHA256: ${version}ff\n`
  const found = parseCandidates([stanza('6.9-1', 'a'), stanza('6.12-1', 'kmod, b (= 1) | c, d:any')].join('\n'))
  expect(found.map(({ version }) => version)).toEqual(['6.12-1', '6.9-1'])
  expect(found[0]).toEqual({
    name: 'linux-image',
    version: '6.12-1',
    sha256: '6.12-1ff',
    depends: ['kmod', 'b', 'd'],
    bytes: 13 * 1024,
    fileBytes: 1924,
  })
})

describe("Debian's versions", () => {
  // In rising order; examples of deb-version(7), and of kernel packages.
  const RISING = [
    '1.0~~',
    '1.0~rc1-1',
    '1.0',
    '1.0-1~bpo12+1',
    '1.0-1',
    '1.0-1+b1',
    '1.0a',
    '1.0+1',
    '1.9',
    '1.10',
    '6.1.9-1',
    '6.1.176-1',
    '6.12.94-1',
    '6.12.107-1',
    '1:0.1',
  ]

  test('rise as dpkg has them', () => {
    for (const [i, a] of RISING.entries())
      for (const [j, b] of RISING.entries())
        expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j))
  })

  test('turn around when they are exchanged', () => {
    const version = fc
      .string({ unit: fc.constantFrom(...'019.+~-:ab'), maxLength: 8 })
      .filter(text => !/^\D*:|:.*:/.test(text))
    fc.assert(
      fc.property(
        version,
        version,
        (a, b) => Math.sign(compareVersions(a, b)) === -Math.sign(compareVersions(b, a)) || compareVersions(a, b) === 0,
      ),
    )
  })
})

test('a mirror that cannot be read leaves the index of the one before as it was', async () => {
  const cache = await scratchCache()
  const apt = await openApt(cache, 'trixie', silent)
  const [read, sources] = ['updated', 'sources.list'].map(name => join(cache.dir, 'apt/trixie', name))
  const before = sourceLine({ dir: '/', suite: 'trixie' }, 'http://mirror.example/debian', '/k.gpg')
  await writeFile(read ?? '', before)
  vi.stubEnv('IDMAPLAB_MIRROR', 'file:/nowhere/debian')
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  await expect(apt.update()).rejects.toMatchObject({ code: 'PACKAGE_FETCH' })
  expect(await readFile(sources ?? '', 'utf8')).toBe(before)
  // A run that was killed meanwhile leaves the other source there.
  await writeFile(sources ?? '', 'deb file:/nowhere/debian trixie main')
  vi.unstubAllEnvs()
  await apt.update()
  expect(await readFile(sources ?? '', 'utf8')).toBe(before)
})

describe('what apt complains about', () => {
  const failed = (...details: readonly string[]) => new HarnessError('PACKAGE_FETCH', 'apt-get failed.', { details })

  test('becomes one sentence that names the file, however much it says around it', () => {
    const error = fetchFailure(
      'fetching x',
      failed(
        'W: something else',
        'E: Failed to fetch http://mirror.example/x.deb  Could not connect to proxy.example:1 (refused).',
        'E: Some files failed to download.',
      ),
    )
    expect(error.message).toBe(
      "Fetching x failed: Failed to fetch http://mirror.example/x.deb Could not connect to proxy.example:1 (refused); check the network and apt's proxy settings, or set IDMAPLAB_MIRROR to an archive that can be reached.",
    )
    expect(error.details).toHaveLength(3)
  })

  test('tells a file that is gone from a server that is not reached', () => {
    expect(isGone(failed('E: Failed to fetch http://mirror.example/x.deb  404  Not Found [IP: 192.0.2.1 80]'))).toBe(
      true,
    )
    expect(isGone(failed('E: Failed to fetch http://mirror.example:404/x.deb  Could not connect'))).toBe(false)
    expect(isGone(new Error('404  Not Found'))).toBe(false)
  })

  test('about signatures is a failed fetch as well', () => {
    expect(saysNotFetched(["E: The repository 'http://mirror.example trixie InRelease' is not signed."])).toBe(true)
    expect(saysNotFetched(['E: mmdebstrap failed to run'])).toBe(false)
  })
})
