import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { fingerprint, fingerprintFile } from '../cache/fingerprint.ts'
import { fetchFailure, saysNotFetched } from '../debian/fetch-failure.ts'
import { hostFetchSettings } from '../debian/host-settings.ts'
import { archiveKeyring } from '../debian/keyring.ts'
import { debianMirror } from '../debian/mirror.ts'
import { HarnessError } from '../harness-error.ts'
import type { Progress } from '../progress.ts'
import { runTool } from '../tool.ts'

/** The guest's read-only root: one image for all kernels. */
export type GuestRoot = {
  /** Absolute path of a raw ext2 image; every Debian kernel's ext4 driver mounts it. */
  readonly image: string
  /** Hash of the image's content. */
  readonly id: string
  /** Absolute path of the static busybox that is in it, for the initramfs. */
  readonly busybox: string
}

/** Debian 13: the oldest release whose util-linux and Node know today's mount calls. */
const ROOT_SUITE = 'trixie'

/** What is in the guest besides what these need. */
const ROOT_PACKAGES: readonly string[] = [
  'nodejs',
  'busybox-static',
  'dash',
  'acl',
  'attr',
  'libcap2-bin',
  'e2fsprogs',
  'util-linux',
  'mount',
  // For the stories that real LXC tells, and newuidmap(1), without which it maps nobody's ids. See docs/decisions.md for what they cost.
  'lxc',
  'uidmap',
]

/** Made once by mmdebstrap, without running anything of the packages; then from the cache. */
export async function guestRoot({ cache, progress }: { cache: Cache; progress: Progress }): Promise<GuestRoot> {
  const key = rootKey()
  const checked = { check: [IMAGE, 'busybox'], note: (line: string) => progress.note(line) }
  const entry =
    (await cache.find('roots', key, checked)) ??
    (await progress.step("the guest's root image", say =>
      cache.entry('roots', key, dir => makeRoot(dir, say), {
        what: "the guest's root image",
        bytes: ROOT_BYTES,
        say,
        ...checked,
      }),
    ))
  return { image: join(entry, IMAGE), id: await idIn(entry), busybox: join(entry, 'busybox') }
}

/** The `id` of the one that the cache has, unlooked at. */
export async function cachedRootId(cache: Cache): Promise<string | undefined> {
  const entry = await cache.find('roots', rootKey())
  return entry === undefined ? undefined : idIn(entry)
}

function rootKey(): string {
  return fingerprint(RECIPE, ROOT_SUITE, ...MMDEBSTRAP)
}

async function idIn(entry: string): Promise<string> {
  const { id } = JSON.parse(await readFile(join(entry, 'root.json'), 'utf8')) as { id: string }
  return id
}

/** Raise when something besides mmdebstrap's arguments changes what is made. */
const RECIPE = '2'
const IMAGE = 'root.ext2'
/** Packages, the tree, a tar of it and the image exist side by side for a while. */
const ROOT_BYTES = 700e6

/** Nobody reads these in a guest; they are a tenth of the image and most of its files. */
const NOT_NEEDED: readonly string[] = [
  'doc',
  'man',
  'locale',
  'info',
  'lintian',
  'bash-completion',
  'gdb',
  'gcc',
  'pixmaps',
].map(name => `usr/share/${name}`)

async function makeRoot(dir: string, say: (detail: string) => void): Promise<void> {
  const image = join(dir, IMAGE)
  const settings = join(dir, 'apt.conf')
  await writeFile(settings, await hostFetchSettings(), { mode: 0o600 })
  const source = `deb [signed-by=${archiveKeyring()}] ${await debianMirror()} ${ROOT_SUITE} main`
  await debootstrap([...MMDEBSTRAP, `--aptopt=${settings}`, ROOT_SUITE, image, source], dir, say)
  await rm(settings)
  say('taking busybox out')
  await takeOut(image, 'usr/bin/busybox', join(dir, 'busybox'))
  const about = { id: await fingerprintFile(image), suite: ROOT_SUITE, packages: ROOT_PACKAGES }
  await writeFile(join(dir, 'root.json'), `${JSON.stringify(about, undefined, 2)}\n`)
}

/**
 * `extract` unpacks and configures nothing, so nothing needs a chroot, a user namespace or root: chrootless is the mode that
 * works alike for root, for an ordinary user, and where user namespaces are forbidden. The files belong to root in the image all the same.
 */
const MMDEBSTRAP: readonly string[] = [
  'mmdebstrap',
  '--mode=chrootless',
  '--variant=extract',
  '--format=ext2',
  '--architectures=amd64',
  `--include=${ROOT_PACKAGES.join(',')}`,
  '--aptopt=APT::Install-Recommends "false"',
  '--aptopt=Acquire::Languages "none"',
  // What mmdebstrap brings in from the host (names, servers, perhaps a proxy's password) has no business in an image.
  `--extract-hook=cd "$1" && rm -rf ${NOT_NEEDED.join(' ')} etc/apt/sources.list etc/apt/apt.conf.d/99mmdebstrap etc/resolv.conf etc/hostname`,
]

async function debootstrap(argv: readonly string[], dir: string, say: (detail: string) => void): Promise<void> {
  const onLine = (line: string): void => {
    const doing = /^I: ((?:running apt|downloading|extracting|creating) .*?)\.*$/.exec(line)?.[1]
    if (doing !== undefined) say(doing)
  }
  try {
    await runTool(argv, { what: "making the guest's root image", code: 'IMAGE_BUILD', env: { TMPDIR: dir }, onLine })
  } catch (error) {
    const fetching = error instanceof HarnessError && error.code === 'IMAGE_BUILD' && saysNotFetched(error.details)
    throw fetching ? fetchFailure("fetching the packages of the guest's root image", error) : error
  }
}

async function takeOut(image: string, path: string, to: string): Promise<void> {
  const part = `${to}.part`
  await runTool(['debugfs', '-R', `dump "/${path}" "${part}"`, image], {
    what: `taking ${path} out of the root image`,
    code: 'IMAGE_BUILD',
  })
  await chmod(part, 0o755).catch(cause => {
    // debugfs ends with 0 whatever happened.
    throw new HarnessError('IMAGE_BUILD', `The root image ${image} has no ${path}.`, { cause })
  })
  await rename(part, to)
}
