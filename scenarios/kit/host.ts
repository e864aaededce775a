import path from 'node:path'
import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { ActorId } from '../../vm/guest/protocol.ts'
import { slowness } from '../../vm/slowness.ts'
import { Actor } from './actor.ts'
import { Company } from './company.ts'
import type { Container } from './container.ts'
import { type ContainerOptions, Containers, type RunningContainer, type UserOptions } from './containers.ts'
import { DetachedMount } from './detached-mount.ts'
import { checkInspection } from './inspection.ts'
import { type Asking, askForMap, showsMap, takesMap } from './kernel-answers.ts'
import { Leases } from './leases.ts'
import type { Act, Ledger } from './ledger.ts'
import type { Lxc } from './lxc.ts'
import { type Mounting, type MountingParts, mountingWith } from './mounting.ts'
import { PinnedMaps } from './pinned-maps.ts'
import { type CaseDisk, Places } from './places.ts'
import type { ProxmoxContainer } from './proxmox-container.ts'
import type { Errno } from './refusal.ts'
import { type Sabotage, sabotageMap } from './sabotage.ts'
import { Stock } from './stock.ts'
import { openUnnamedFile, type UnnamedFile } from './unnamed-file.ts'

const HOST_ROOT: ActorId = 0

/** The guest outside of any container: its root mounts things and starts containers. */
export class Host implements Mounting {
  readonly root: Actor
  readonly places = new Places()
  readonly #guest: Guest
  readonly #ledger: Ledger
  readonly #sabotage: Sabotage | undefined
  readonly #mounts: string[] = []
  readonly #pinned: PinnedMaps
  readonly #containers: Containers

  /** `machine` is its name, where a story has several. */
  constructor(guest: Guest, ledger: Ledger, sabotage?: Sabotage, machine?: string) {
    this.#guest = guest
    this.#ledger = ledger
    this.#sabotage = sabotage
    this.root = new Actor(`${machine ?? 'host'} root`, HOST_ROOT, guest, ledger)
    this.#pinned = new PinnedMaps({
      ...{ guest, ledger, sabotage },
      attach: (claim, target, mount) => this.#attach(claim, target, mount),
      mounted: target => this.#mounts.push(target),
    })
    const { places, root: hostRoot } = this
    this.#containers = new Containers({ guest, ledger, places, sabotage, hostRoot, machine })
  }

  /** What is mounted now, in the order it was. */
  get mounts(): readonly string[] {
    return this.#mounts
  }

  /** The containers that were started, with the pid of each one's root. */
  get containers(): readonly RunningContainer[] {
    return this.#containers.running
  }

  mount: Mounting['mount'] = (...args) => this.#does.mount(...args)
  bind: Mounting['bind'] = (...args) => this.#does.bind(...args)
  idmappedMount: Mounting['idmappedMount'] = (...args) => this.#does.idmappedMount(...args)
  overlay: Mounting['overlay'] = (...args) => this.#does.overlay(...args)
  delegatedMount: Mounting['delegatedMount'] = (...args) => this.#does.delegatedMount(...args)

  /** The same mounts, each of which the kernel must refuse with `errno`, and the library explain in just these words if they are given. */
  isRefused(errno: Errno, because?: string): Mounting {
    return this.#mounting(async (claim, target, act) => {
      const refused = `${this.root.name} is refused ${claim}`
      const why = await this.#ledger.mustFail(refused, errno, () => this.#kept(target, act), this.#act(claim, target))
      if (because !== undefined) this.#ledger.check(`why: ${claim}`, because, why)
    })
  }

  /**
   * Gives a map a name, in a process that is killed right after: its user namespace is pinned at a path, by which
   * {@link mountByName} finds it.
   */
  nameMap(name: string, map: IdMapPair<'disk', 'host'>): Promise<void> {
    return this.#pinned.name(name, map)
  }

  /** Like an idmapped mount, with the map that has this name: the mounting process opens the path it is pinned at. */
  mountByName(source: string, target: string, name: string): Promise<void> {
    this.places.alias(target, source)
    return this.#pinned.mount(source, target, name)
  }

  /** Keeps a user namespace with this map at `path`, for programs that take a map by such a path. */
  pinMap(path: string, map: IdMapPair<'disk', 'host'>): Promise<void> {
    return this.#pinned.pin(path, map)
  }

  /** A copy of a mount that is attached nowhere, its ids mapped, disk → host. */
  detachedMount(source: string, map: IdMapPair<'disk', 'host'>): Promise<DetachedMount> {
    return DetachedMount.open(this.#guest, this.#ledger, source, sabotageMap(map, this.#sabotage))
  }

  /** Has somebody open a file without a name (O_TMPFILE) in a directory of an ext4 disk, looks at its inode on the raw disk, and closes it. */
  unnamedFile(actor: Actor, directory: string): Promise<UnnamedFile> {
    const layers = this.places.layersOf(directory)
    return this.#ledger.during(() => openUnnamedFile(this.#guest, actor, directory, layers))
  }

  /** What statmount(2) tells a process of the uid map of a mount, `0 100000 65536` an extent, or `no map`; `killed` when the process did not survive it. */
  askForMap(path: string): Promise<string> {
    return askForMap(this.#asking, path)
  }

  /** Whether the mount at `path` can be idmapped, tried; one of Linux's line `since`, `6.3`, or a later one must. */
  takesMap(path: string, { since }: { since: string }): Promise<boolean> {
    return takesMap(this.#asking, path, since)
  }

  /** Whether the kernel shows the map of the mount at `path`; one of Linux's line `since`, `6.18`, or a later one must. */
  showsMap(path: string, { since }: { since: string }): Promise<boolean> {
    return showsMap(this.#asking, path, since)
  }

  /** The host's root is told this owner of a path by stat(2), and these sentences by `inspect`, a line each. */
  inspects(path: string, owner: string, sentences: string): Promise<void> {
    const layers = this.places.layersOf(path)
    return checkInspection({ actor: this.root, ledger: this.#ledger, path, layers }, owner, sentences)
  }

  /**
   * Starts a container: user and mount namespaces of its own, `root` (a path of the host) its root directory. One `within`
   * another is nested in it: its mounts and, unless said, its root directory are that one's, and the outer ids of its map are ids inside that one.
   */
  container(name: string, options: ContainerOptions): Promise<Container> {
    return this.#containers.start(name, options)
  }

  /**
   * Starts a container from its Proxmox configuration: its namespaces, then its root file system, then every mount point,
   * staged as a detached mount, given the map that `idmap=` resolves to, and attached below the root file system.
   */
  proxmoxContainer(name: string, text: string): Promise<ProxmoxContainer> {
    return this.#containers.startProxmox(name, text)
  }

  /** LXC itself, as root has it or an ordinary user. */
  lxc(starter: Actor = this.root): Lxc {
    return this.#containers.lxc(starter)
  }

  /** An ordinary user of the host, or of the container `within`. */
  user(uid: number, options?: UserOptions): Promise<Actor> {
    return this.#containers.user(uid, options)
  }

  /** Who gives out ids of this host. */
  get leases(): Leases {
    return new Leases(this.#guest, this.#ledger)
  }

  /** These, by the names their tables give them, are to see what they can of each other. */
  company(members: Readonly<Record<string, Actor>>): Company {
    return new Company(members, this.#guest, this.#ledger)
  }

  /** How much the kernel keeps now, the mounts of a container included, to see later how much more it does. */
  takeStock(within?: ProxmoxContainer): Promise<Stock> {
    return Stock.take(this.#guest, this.#ledger, within?.pid)
  }

  /** Ends every process of the story, unmounts everything, and waits until the disks are free. */
  async letGo(disks: readonly CaseDisk[]): Promise<void> {
    const limitMs = 5_000 * slowness(this.#guest.accelerator)
    await this.#guest.call('detached.closeAll', {})
    await this.#containers.end()
    await this.#guest.call('process.endAll', { limitMs })
    for (const target of this.#mounts.splice(0).reverse()) await this.#guest.call('mount.unmount', { target })
    for (const { name } of disks) await this.#guest.call('disk.released', { serial: name, limitMs })
  }

  get #asking(): Asking {
    return { guest: this.#guest, ledger: this.#ledger, root: this.root }
  }

  get #does(): Mounting {
    return this.#mounting((claim, target, act) => this.#attach(claim, target, act))
  }

  #mounting(attempt: MountingParts['attempt']): Mounting {
    const { maps } = this.#ledger
    return mountingWith({ guest: this.#guest, places: this.places, maps, sabotage: this.#sabotage, attempt })
  }

  // A mount the kernel refuses is a failed claim like any other; the story goes on and its table shows what is missing.
  #attach(claim: string, target: string, mount: () => Promise<unknown>): Promise<void> {
    const attempt = () => this.#kept(target, mount)
    return this.#ledger.mustSucceed(`${this.root.name}: ${claim}`, attempt, this.#act(claim, target))
  }

  #act(operation: string, path: string): Act {
    return { actor: this.root.name, operation, path }
  }

  async #kept(target: string, mount: () => Promise<unknown>): Promise<void> {
    await mount()
    this.#mounts.push(path.posix.normalize(target))
  }
}
