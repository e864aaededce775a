import path from 'node:path'
import type { IdMapPair } from '../../lib/idmap/pair.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { ActorId, WireMapPair } from '../../vm/guest/protocol.ts'
import { runProgram } from '../../vm/guest/run-program.ts'
import { slowness } from '../../vm/slowness.ts'
import { Actor } from './actor.ts'
import { Company } from './company.ts'
import { belowHostRoot, Container } from './container.ts'
import { DetachedMount } from './detached-mount.ts'
import { checkInspection } from './inspection.ts'
import { Leases } from './leases.ts'
import type { Act, Ledger } from './ledger.ts'
import { Lxc } from './lxc.ts'
import { diskToHost, type MapsInPlay } from './maps-in-play.ts'
import { type Mounting, type MountingParts, mountingWith } from './mounting.ts'
import { type CaseDisk, Places } from './places.ts'
import { type ProxmoxMount, readProxmoxConfig } from './proxmox-config.ts'
import { ProxmoxContainer } from './proxmox-container.ts'
import { type Errno, refusalOf } from './refusal.ts'
import { type Sabotage, sabotageMap } from './sabotage.ts'
import { checkSince } from './since.ts'
import { Stock } from './stock.ts'
import { openUnnamedFile, type UnnamedFile } from './unnamed-file.ts'
import { toWire } from './wire.ts'

const HOST_ROOT: ActorId = 0
/** What a kernel says to who tries a map: it has no mount_setattr (before 5.12), or not on this file system. */
const NO_MAP = ['ENOSYS', 'EINVAL']
const NAME_MAP = new URL('../../vm/guest/programs/name-map.ts', import.meta.url)

type ContainerOptions = {
  readonly idmap: IdMapPair<'container', 'host'>
  readonly root?: string
  readonly within?: Container
}

export type RunningContainer = { readonly name: string; readonly pid: number }

/** The guest outside of any container: its root mounts things and starts containers. */
export class Host implements Mounting {
  readonly root: Actor
  readonly places = new Places()
  /** Its name, where a story has several. */
  readonly #machine: string | undefined
  readonly #guest: Guest
  readonly #ledger: Ledger
  readonly #sabotage: Sabotage | undefined
  readonly #mounts: string[] = []
  /** The maps with names, and where they are pinned. */
  readonly #named = new Map<string, { readonly pinned: string; readonly map: WireMapPair }>()
  readonly #actors: ActorId[] = []
  readonly #containers: RunningContainer[] = []
  /** Where on the host the root directory of each is; null where it is the host's. */
  readonly #roots = new WeakMap<Container, string | null>()

  constructor(guest: Guest, ledger: Ledger, sabotage?: Sabotage, machine?: string) {
    this.#machine = machine
    this.#guest = guest
    this.#ledger = ledger
    this.#sabotage = sabotage
    this.root = new Actor(`${machine ?? 'host'} root`, HOST_ROOT, guest, ledger)
  }

  /** What is mounted now, in the order it was. */
  get mounts(): readonly string[] {
    return this.#mounts
  }

  /** The containers that were started, with the pid of each one's root. */
  get containers(): readonly RunningContainer[] {
    return this.#containers
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
  async nameMap(name: string, map: IdMapPair<'disk', 'host'>): Promise<void> {
    const wire = toWire(sabotageMap(map, this.#sabotage))
    const maker = await this.#ledger.during(() => runProgram(this.#guest, NAME_MAP, [name, JSON.stringify(wire)]))
    this.#ledger.check(
      `the process that named the map ${name}`,
      'killed by SIGKILL',
      maker.signal === null ? `exit code ${maker.code}: ${maker.stderr.slice(-500)}` : `killed by ${maker.signal}`,
      { actor: 'host root', operation: `name the map ${name}` },
    )
    this.#named.set(name, { pinned: maker.stdout, map: wire })
    if (maker.stdout !== '') this.#mounts.push(maker.stdout)
  }

  /** Like an idmapped mount, with the map that has this name: the mounting process opens the path it is pinned at. */
  async mountByName(source: string, target: string, name: string): Promise<void> {
    this.places.alias(target, source)
    const { pinned = '', map } = this.#named.get(name) ?? {}
    this.#maps.show(target, map)
    await this.#attach(`mount of ${source} at ${target} with the map ${name}`, target, () =>
      this.#guest.call('mount.idmappedBy', { source, target, pinned }),
    )
  }

  /** A copy of a mount that is attached nowhere, its ids mapped, disk → host. */
  async detachedMount(source: string, map: IdMapPair<'disk', 'host'>): Promise<DetachedMount> {
    return DetachedMount.open(this.#guest, this.#ledger, source, sabotageMap(map, this.#sabotage))
  }

  /** Has somebody open a file without a name (O_TMPFILE) in a directory of an ext4 disk, looks at its inode on the raw disk, and closes it. */
  unnamedFile(actor: Actor, directory: string): Promise<UnnamedFile> {
    const layers = this.places.layersOf(directory)
    return this.#ledger.during(() => openUnnamedFile(this.#guest, actor, directory, layers))
  }

  /** What statmount(2) tells a process of the uid map of a mount, `0 100000 65536` an extent, or `no map`; `killed` when the process did not survive it. */
  async askForMap(path: string): Promise<string> {
    const { killed, map } = await this.#ledger.during(() => this.#guest.call('mount.askForMap', { path }))
    // The kernel's own report of it may come a little later; it is the last thing this guest says.
    if (killed) await this.#guest.end()
    return killed ? 'killed' : (map?.map(extent => extent.join(' ')).join(', ') ?? 'no map')
  }

  /**
   * Starts a container: user and mount namespaces of its own, `root` (a path of the host) its root directory. One `within`
   * another is nested in it: its mounts and, unless said, its root directory are that one's, and the outer ids of its map are ids inside that one.
   */
  async container(name: string, options: ContainerOptions): Promise<Container> {
    const root = options.root ?? this.#rootOf(options.within)
    const within = options.within === undefined ? {} : { within: options.within.root.id }
    const idmap = toWire(options.idmap)
    this.#maps.enter(name, idmap, { root: root ?? '', within: options.within?.name })
    const request = { name: `${name} root`, idmap, root, ...within }
    const { actor, pid } = await this.#ledger.during(() => this.#guest.call('actor.container', request))
    this.#actors.push(actor)
    this.#containers.push({ name, pid })
    const container = new Container(name, new Actor(`${name} root`, actor, this.#guest, this.#ledger), {
      locate: belowHostRoot(root ?? '/', this.places, this.#machine),
      hostActor: this.root,
      ledger: this.#ledger,
      user: (uid, who) => this.user(uid, who),
    })
    this.#roots.set(container, root)
    return container
  }

  /** Whether the mount at `path` can be idmapped, tried; one of Linux's line `since`, `6.3`, or a later one must. */
  async takesMap(path: string, { since }: { since: string }): Promise<boolean> {
    const refused = await this.#ledger.during(() => refusalOf(() => this.#guest.call('mount.tryIdmap', { path })))
    if (refused !== undefined && !NO_MAP.includes(refused.code)) throw refused
    return this.#since(`${path} takes a map`, since, refused === undefined, this.#act(`idmap ${path}`, path))
  }

  /** Whether the kernel shows the map of the mount at `path`; one of Linux's line `since`, `6.18`, or a later one must. */
  async showsMap(path: string, { since }: { since: string }): Promise<boolean> {
    const { map } = await this.#ledger.during(() => this.root.inspect(path))
    return this.#since(
      `the kernel shows the map of ${path}`,
      since,
      map === 'known',
      this.#act(`inspect ${path}`, path),
    )
  }

  /** The host's root is told this owner of a path by stat(2), and these sentences by `inspect`, a line each. */
  inspects(path: string, owner: string, sentences: string): Promise<void> {
    const layers = this.places.layersOf(path)
    return checkInspection({ actor: this.root, ledger: this.#ledger, path, layers }, owner, sentences)
  }

  /**
   * Starts a container from its Proxmox configuration: its namespaces, then its root file system, then every mount point,
   * staged as a detached mount, given the map that `idmap=` resolves to, and attached below the root file system.
   */
  async proxmoxContainer(name: string, text: string): Promise<ProxmoxContainer> {
    const { idmap, mounts } = readProxmoxConfig(text)
    const inside = new Places()
    for (const { source, target } of mounts) inside.show(target, this.places.layersOf(source))
    const request = { name: `${name} root`, idmap: toWire(idmap), mountPoints: mounts.map(mount => this.#wired(mount)) }
    this.#maps.enter(name, request.idmap, { root: `${name}:` })
    for (const { target, map } of request.mountPoints)
      this.#maps.show(`${name}:${target}`, diskToHost(map, request.idmap))
    const { actor, pid } = await this.#ledger.during(() => this.#guest.call('container.start', request))
    this.#actors.push(actor)
    this.#containers.push({ name, pid })
    return new ProxmoxContainer(name, new Actor(`${name} root`, actor, this.#guest, this.#ledger), {
      ...{ idmap, pid, guest: this.#guest, ledger: this.#ledger, sabotage: this.#sabotage },
      ...{ inside, outside: this.places, hostActor: this.root },
      user: (uid, who) => this.user(uid, who),
    })
  }

  /** LXC itself, as root has it or an ordinary user. */
  lxc(starter: Actor = this.root): Lxc {
    return new Lxc(starter, {
      ...{ guest: this.#guest, ledger: this.#ledger, places: this.places, hostActor: this.root },
      user: (uid, who) => this.user(uid, who),
      started: ({ name, pid, root }) => {
        this.#actors.push(root.id)
        this.#containers.push({ name, pid })
      },
    })
  }

  /** Keeps a user namespace with this map at `path`, for programs that take a map by such a path. */
  async pinMap(path: string, map: IdMapPair<'disk', 'host'>): Promise<void> {
    const wire = toWire(sabotageMap(map, this.#sabotage))
    this.#maps.show(path, wire)
    await this.#attach(`pin a map at ${path}`, path, () => this.#guest.call('map.pin', { map: wire, path }))
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

  /** An ordinary user of the host, or of the container `within`. */
  async user(uid: number, options: { gid?: number; groups?: readonly number[]; within?: Actor } = {}): Promise<Actor> {
    const { gid = uid, groups = [], within = this.root } = options
    const name = `${within.name.replace(/ root$/, '')} uid ${uid}`
    const { actor } = await this.#guest.call('actor.user', { name, within: within.id, uid, gid, groups })
    this.#actors.push(actor)
    return new Actor(name, actor, this.#guest, this.#ledger)
  }

  /** Ends every process of the story, unmounts everything, and waits until the disks are free. */
  async letGo(disks: readonly CaseDisk[]): Promise<void> {
    const limitMs = 5_000 * slowness(this.#guest.accelerator)
    await this.#guest.call('detached.closeAll', {})
    for (const actor of this.#actors.splice(0).reverse()) await this.#guest.call('actor.end', { actor })
    await this.#guest.call('process.endAll', { limitMs })
    for (const target of this.#mounts.splice(0).reverse()) await this.#guest.call('mount.unmount', { target })
    for (const { name } of disks) await this.#guest.call('disk.released', { serial: name, limitMs })
  }

  get #maps(): MapsInPlay {
    return this.#ledger.maps
  }

  #rootOf(container: Container | undefined): string | null {
    return container === undefined ? null : (this.#roots.get(container) ?? null)
  }

  #since(claim: string, since: string, found: boolean, act: Act): boolean {
    return checkSince({ ledger: this.#ledger, running: this.#guest.kernelRelease, act }, claim, since, found)
  }

  #wired({ source, target, map }: ProxmoxMount) {
    if (map === undefined || map === 'passthrough') return { source, target, map: map ?? null }
    return { source, target, map: toWire(sabotageMap(map, this.#sabotage)) }
  }

  get #does(): Mounting {
    return this.#mounting((claim, target, act) => this.#attach(claim, target, act))
  }

  #mounting(attempt: MountingParts['attempt']): Mounting {
    return mountingWith({
      ...{ guest: this.#guest, places: this.places, maps: this.#maps, sabotage: this.#sabotage },
      attempt,
    })
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
