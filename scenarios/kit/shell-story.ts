import type { Disk } from '../../vm/image/tree.ts'
import { directory, ext4, vfat } from './language.ts'
import type { Scenario, Stage } from './story.ts'

type Kind = {
  readonly disks: Readonly<Record<string, Disk>>
  readonly mount: (stage: Stage<string>) => Promise<void>
}

const SIZE = { sizeMiB: 64 }

/** What `shell --fs` can be asked for: an empty file system of the kind, at `/mnt/KIND`. */
export const shellKinds: Readonly<Record<string, Kind>> = {
  ext4: {
    disks: { ext4: ext4({}, SIZE) },
    mount: ({ host, disks }) => host.mount(disk(disks, 'ext4'), '/mnt/ext4'),
  },
  vfat: {
    disks: { vfat: vfat({}, { uid: 0, gid: 0, ...SIZE }) },
    mount: ({ host, disks }) => host.mount(disk(disks, 'vfat'), '/mnt/vfat'),
  },
  overlay: {
    disks: { layers: ext4({ lower: directory(), upper: directory(), work: directory() }, SIZE) },
    async mount({ host, disks }) {
      await host.mount(disk(disks, 'layers'), '/mnt/layers')
      const layers = { lower: '/mnt/layers/lower', upper: '/mnt/layers/upper', work: '/mnt/layers/work' }
      await host.overlay('/mnt/overlay', layers)
    },
  },
}

/** A story in which these file systems are mounted, and nothing else happens. */
export function shellStory(kinds: readonly string[]): Scenario {
  const chosen = kinds.map(kind => shellKinds[kind]).filter(kind => kind !== undefined)
  return {
    name: 'shell',
    title: 'A guest to look around in',
    promisedBy: 'nobody',
    needs: [],
    disks: Object.assign({}, ...chosen.map(({ disks }) => disks)),
    async tell(stage) {
      for (const { mount } of chosen) await mount(stage)
    },
  }
}

function disk(disks: Stage<string>['disks'], name: string) {
  const found = disks[name]
  if (found === undefined) throw new TypeError(`there is no disk ${name}`)
  return found
}
