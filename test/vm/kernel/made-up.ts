import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256OfFile } from '../../../vm/cache/fingerprint.ts'
import type { openApt } from '../../../vm/debian/apt.ts'
import type { Candidate } from '../../../vm/debian/candidate.ts'
import { HarnessError } from '../../../vm/harness-error.ts'
import { runTool } from '../../../vm/tool.ts'

/** The first sectors of a bzImage as the boot protocol lays them out, with a version and nothing to boot. */
export function bzImage(
  version: string,
  { bootFlag = 0xaa55, magic = 'HdrS', pointer = 0x300, system = 0 } = {},
): Buffer {
  const image = Buffer.alloc(0x1000)
  image.writeUInt32LE(system, 0x1f4)
  image.writeUInt16LE(bootFlag, 0x1fe)
  image.write(magic, 0x202, 'latin1')
  image.writeUInt16LE(pointer, 0x20e)
  if (pointer !== 0 && pointer < 0xc00)
    image.write(`${version} (somebody@somewhere) #1 SMP\0`, 0x200 + pointer, 'latin1')
  return image
}

/** A candidate as an index has it, with nothing behind it. */
export function candidate(name: string, version: string, depends: readonly string[] = []): Candidate {
  return { name, version, depends, sha256: `sha256 of ${name} ${version}`, bytes: 1000, fileBytes: 500 }
}

export type MadeUpDeb = {
  readonly name: string
  readonly version: string
  readonly files: Readonly<Record<string, string | Buffer>>
  /** Files of nothing but zeros, by their size in bytes. */
  readonly holes?: Readonly<Record<string, number>>
}

/** A real .deb, `DIR/NAME_VERSION_amd64.deb`. */
export async function makeDeb(dir: string, { name, version, files, holes = {} }: MadeUpDeb): Promise<string> {
  const tree = await mkdtemp(join(dir, 'tree-'))
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: made up\n`
  for (const [path, content] of Object.entries({ ...files, 'DEBIAN/control': control })) {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await writeFile(join(tree, path), content)
  }
  for (const [path, size] of Object.entries(holes)) {
    await writeFile(join(tree, path), '')
    await truncate(join(tree, path), size)
  }
  const deb = join(dir, `${name}_${version}_amd64.deb`)
  await runTool(['dpkg-deb', '--root-owner-group', '-Zgzip', '-z1', '-b', tree, deb], {
    what: 'making a package',
    code: 'IMAGE_BUILD',
    // The same files make the same package, whenever that is.
    env: { SOURCE_DATE_EPOCH: '0' },
  })
  await rm(tree, { recursive: true })
  return deb
}

/** Debian's layout up to 6.18: everything in one package. */
export function wholeKernel(release: string, version: string): MadeUpDeb[] {
  return [
    {
      name: `linux-image-${release}`,
      version,
      files: {
        [`boot/vmlinuz-${release}`]: bzImage(release),
        [`boot/config-${release}`]: 'CONFIG_USER_NS=y\nCONFIG_VFAT_FS=m\n',
        [`usr/lib/modules/${release}/modules.builtin`]: 'kernel/fs/ext4/ext4.ko\n',
        [`usr/lib/modules/${release}/modules.order`]: '',
      },
    },
  ]
}

/** Debian's layout from 7.2: image, base and modules apart, vmlinuz and configuration among the modules. */
export function splitKernel(release: string, version: string): MadeUpDeb[] {
  const modules = `usr/lib/modules/${release}`
  return [
    { name: `linux-binary-${release}`, version, files: { [`${modules}/vmlinuz`]: bzImage(release) } },
    {
      name: `linux-base-${release}`,
      version,
      files: {
        [`${modules}/config`]: 'CONFIG_USER_NS=y\n',
        [`${modules}/modules.builtin`]: 'kernel/fs/ext4/ext4.ko\n',
      },
    },
    { name: `linux-modules-${release}`, version, files: { [`${modules}/kernel/fs/README`]: 'no module at all' } },
  ]
}

/** What one suite offers: packages that are there, and those its index names although they are gone. */
export type MadeUpSuite = { readonly there?: readonly MadeUpDeb[]; readonly gone?: readonly MadeUpDeb[] }

/** An archive of made-up packages in `dir`, in the place of the real one; `updates` lists the suites whose index was read. */
export function madeUpArchive(
  dir: string,
  suites: Readonly<Record<string, MadeUpSuite>>,
  updates: string[] = [],
): typeof openApt {
  return async (_cache, suite) => {
    const { there = [], gone = [] } = suites[suite] ?? {}
    const debs = new Map<string, string>()
    const candidates: Candidate[] = []
    for (const deb of [...there, ...gone]) {
      const path = await makeDeb(dir, deb)
      if (there.includes(deb)) debs.set(`${deb.name}=${deb.version}`, path)
      const empty = deb.name.startsWith('linux-image') && Object.keys(deb.files).length === 0
      const depends = empty ? [deb.name.replace('image', 'binary')] : []
      candidates.push({ ...candidate(deb.name, deb.version, depends), sha256: await sha256OfFile(path) })
    }
    return {
      suite,
      async update() {
        updates.push(suite)
        if (suites[suite] === undefined) throw notThere(`${suite} Release`)
      },
      candidates: async pattern => candidates.filter(({ name }) => new RegExp(pattern).test(name)),
      depends: async () => [],
      async download(name) {
        const path = debs.get(name)
        if (path === undefined) throw notThere(name)
        return path
      },
      downloadFile: async ({ uri }) => Promise.reject(notThere(uri)),
    }
  }
}

function notThere(what: string): HarnessError {
  return new HarnessError('PACKAGE_FETCH', `Fetching ${what} failed.`, {
    details: [`E: Failed to fetch http://mirror.example/${what}  404  Not Found [IP: 192.0.2.1 80]`],
  })
}
