import type { Guest } from '../../vm/guest/guest.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { Actor } from './actor.ts'
import { Container, insideOf, type Surroundings } from './container.ts'
import type { Ledger } from './ledger.ts'
import { type LxcConfig, readLxcConfig } from './lxc-config.ts'
import { mapCheck } from './map-check.ts'
import { Places } from './places.ts'
import { toWire } from './wire.ts'

/** What LXC needs of the host it runs on. */
export type LxcHost = {
  readonly guest: Guest
  readonly ledger: Ledger
  readonly places: Places
  /** Told of each container, with its root. */
  readonly started: (container: { name: string; pid: number; root: Actor }) => void
} & Pick<Surroundings, 'hostActor' | 'user'>

/** Besides what a story's configuration says: nothing but a first process, and busybox for it. */
const MINIMAL = `
lxc.apparmor.profile = unconfined
lxc.net.0.type = none
lxc.init.cmd = /dev/busybox sleep 86400
lxc.mount.entry = /usr/bin/busybox dev/busybox none bind,ro,create=file
`

/** Of a log that says something else than was expected, in characters. */
const MOST_WORDS = 2000

/** Debian's LXC, as one user of the host runs it. */
export class Lxc {
  readonly #starter: Actor
  readonly #host: LxcHost

  constructor(starter: Actor, host: LxcHost) {
    this.#starter = starter
    this.#host = host
  }

  /** `lxc-start`: the container of this configuration runs. */
  async start(name: string, config: string): Promise<Container> {
    const { guest, ledger, started, hostActor, user } = this.#host
    const inside = this.#inside(name, readLxcConfig(config))
    const { stdout } = await this.#lxcStart(name, config)
    const pid = Number(stdout)
    if (!Number.isInteger(pid) || pid < 1)
      throw new HarnessError('GUEST_PROTOCOL', `lxc-info gave ${JSON.stringify(stdout)} for the pid of ${name}.`)
    const { actor } = await ledger.during(() => guest.call('actor.enter', { name: `${name} root`, pid }))
    const root = new Actor(`${name} root`, actor, guest, ledger)
    started({ name, pid, root })
    return new Container(name, root, { hostActor, user, ledger, locate: insideOf(name, pid, inside) })
  }

  // Where what the container sees lies on the disks, and through which maps.
  #inside(name: string, { idmap, root, mounts }: LxcConfig): Places {
    const { places, ledger } = this.#host
    const inside = new Places()
    const containerToHost = toWire(idmap)
    ledger.maps.enter(name, containerToHost, { root: `${name}:` })
    for (const { source, target, userns } of [{ source: root, target: '/', userns: undefined }, ...mounts]) {
      inside.show(target, places.layersOf(source))
      const map = userns === 'container' ? containerToHost : ledger.maps.at(userns ?? source)
      ledger.maps.show(`${name}:${target}`, map)
    }
    return inside
  }

  /** `lxc-start` must fail, and LXC's log say these words. */
  async isRefused(words: string, name: string, config: string): Promise<void> {
    const { exitCode, stderr } = await this.#lxcStart(name, config, { nothrow: true })
    const found = stderr.includes(words) ? words : stderr.trim().slice(-MOST_WORDS)
    const act = { actor: this.#starter.name, operation: `lxc-start ${name}` }
    this.#host.ledger.check(`LXC refuses to start ${name}, for`, words, exitCode === 0 ? 'it runs' : found, act)
  }

  /** What `idmaplab map check` says of a configuration, given the host's subuid and subgid as they are now. */
  async mapCheck(config: string): Promise<string> {
    const { hostActor } = this.#host
    const [subuid, subgid] = [await hostActor.read('/etc/subuid'), await hostActor.read('/etc/subgid')]
    return mapCheck(config, { subuid, subgid })
  }

  async #lxcStart(name: string, config: string, options: { nothrow?: boolean } = {}) {
    const { name: starter } = this.#starter
    const home = `/tmp/${starter.replaceAll(' ', '-')}`
    const [file, log] = [`${home}/${name}.conf`, `${home}/${name}.log`]
    const $ = this.#starter.$({ ...options, input: `${config}${MINIMAL}` })
    return this.#host.ledger.during(
      () => $`mkdir -p ${home} && rm -f ${log} && cat > ${file} && export HOME=${home} &&
        { lxc-start -n ${name} -P ${home} -f ${file} -l ERROR -o ${log} 2>/dev/null || { cat ${log} >&2; exit 1; }; } &&
        lxc-info -n ${name} -P ${home} -pH`,
    )
  }
}
