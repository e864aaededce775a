import type { IdMapPair } from '../../../lib/idmap/pair.ts'
import { type Caller, here } from '../../../lib/kernel/caller.ts'
import { become, type Credentials, changeRoot, enterContainer } from '../../../lib/kernel/credentials.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import type { ActorId } from '../protocol.ts'

type Actor = {
  readonly task: Task
  readonly credentials: Credentials
  readonly root: string | null
  readonly contained: boolean
}

const HOST_ROOT: ActorId = 0
const actors = new Map<ActorId, Actor>()
let lastActor: ActorId = HOST_ROOT

/**
 * A process in a new user namespace with `idmap` and a new mount namespace, its root at `root`: the container's root user.
 * `preStart` gets its pid when it has its namespaces, before it does anything.
 */
export function createContainer(
  name: string,
  idmap: IdMapPair<'container', 'host'>,
  root: string | null,
  preStart: (pid: number) => void = () => {},
): { actor: ActorId; pid: number } {
  const task = new Task({ name, flags: CLONE_NEWUSER | CLONE_NEWNS })
  const credentials = { uid: 0, gid: 0 }
  return register(task, { task, credentials, root, contained: true }, () => {
    writeIdMaps(task.pid, idmap)
    preStart(task.pid)
    become(task, credentials)
    if (root !== null) changeRoot(task, root)
  })
}

/** A root process in the user and mount namespaces of process `pid`: what lxc-attach(1) would start. */
export function enterRunning(name: string, pid: number): { actor: ActorId; pid: number } {
  const task = new Task({ name })
  const credentials = { uid: 0, gid: 0 }
  return register(task, { task, credentials, root: null, contained: true }, () => {
    enterContainer(task, pid)
    become(task, credentials)
  })
}

/** A process of an ordinary user (or of root) beside `within`: in its namespaces, or on the host. */
export function createUser(name: string, within: ActorId, credentials: Credentials): { actor: ActorId; pid: number } {
  const host = within === HOST_ROOT ? undefined : find(within)
  const root = host?.root ?? null
  const task = new Task({ name })
  return register(task, { task, credentials, root, contained: host?.contained ?? false }, () => {
    if (host?.contained) enterContainer(task, host.task.pid)
    if (root !== null) changeRoot(task, root)
    become(task, credentials)
  })
}

function register(task: Task, actor: Actor, prepare: () => void): { actor: ActorId; pid: number } {
  try {
    prepare()
  } catch (error) {
    task.close()
    throw error
  }
  lastActor += 1
  actors.set(lastActor, actor)
  return { actor: lastActor, pid: task.pid }
}

export function callerOf(id: ActorId): Caller {
  return id === HOST_ROOT ? here() : find(id).task
}

/** The process of an actor of a story that is not the host's root. */
export function pidOf(id: ActorId): number {
  return find(id).task.pid
}

export function endActor(id: ActorId): void {
  find(id).task.close()
  actors.delete(id)
}

/** The words in front of a command that make it run as this actor, in its namespaces (nsenter(1), setpriv(1)). */
export function actorCommand(id: ActorId): readonly string[] {
  if (id === HOST_ROOT) return []
  const { task, credentials, root, contained } = find(id)
  const identity = [`--reuid=${credentials.uid}`, `--regid=${credentials.gid}`, groupsOption(credentials)]
  return [...enter(task.pid, { root, contained }), 'setpriv', ...identity, '--']
}

// Through the container's root: anybody else would lose, at the exec of setpriv, the capability to become the user.
function enter(pid: number, { root, contained }: Pick<Actor, 'root' | 'contained'>): string[] {
  if (contained)
    return ['nsenter', `--target=${pid}`, '--user', '--mount', '--root', '--wd', '--setuid=0', '--setgid=0']
  return root === null ? [] : ['chroot', root]
}

function groupsOption({ groups = [] }: Credentials): string {
  return groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`
}

function find(id: ActorId): Actor {
  const actor = actors.get(id)
  if (actor === undefined) throw new Error(`there is no actor ${id}, or it has ended`)
  return actor
}
