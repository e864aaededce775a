import fs from 'node:fs'
import type { IdMapPair } from '../../../lib/idmap/pair.ts'
import { type Caller, here } from '../../../lib/kernel/caller.ts'
import { become, type Credentials, changeRoot, enterContainer } from '../../../lib/kernel/credentials.ts'
import { closeFd } from '../../../lib/kernel/mount.ts'
import { enterNamespace, unshareNamespace } from '../../../lib/kernel/namespaces.ts'
import { CLONE_NEWNS, CLONE_NEWUSER, Task } from '../../../lib/kernel/task.ts'
import { createUserNamespace, UserNamespace } from '../../../lib/kernel/userns.ts'
import { writeIdMaps } from '../../../lib/kernel/userns-maps.ts'
import type { ActorId } from '../protocol.ts'

type Actor = {
  readonly task: Task
  readonly credentials: Credentials
  readonly root: string | null
  readonly contained: boolean
}

/** The agent itself. */
export const HOST_ROOT: ActorId = 0
const actors = new Map<ActorId, Actor>()
let lastActor: ActorId = HOST_ROOT

type Start = {
  /** A path of the host. */
  readonly root: string | null
  /** The root of the container it is started in. */
  readonly within?: ActorId
  /** Gets the process's pid when it has its namespaces, before it does anything. */
  readonly preStart?: (pid: number) => void
}

/** A process in a new user namespace with `idmap` and a new mount namespace, its root at `root`: the container's root user. */
export function createContainer(
  name: string,
  idmap: IdMapPair<'container', 'host'>,
  { root, within = HOST_ROOT, preStart = () => {} }: Start,
): { actor: ActorId; pid: number } {
  const task = within === HOST_ROOT ? outermost(name, idmap) : nested(name, idmap, find(within).task)
  const credentials = { uid: 0, gid: 0 }
  return register(task, { task, credentials, root, contained: true }, () => {
    preStart(task.pid)
    become(task, credentials)
    if (root !== null) changeRoot(task, root)
  })
}

function outermost(name: string, idmap: IdMapPair<'container', 'host'>): Task {
  const task = new Task({ name, flags: CLONE_NEWUSER | CLONE_NEWNS })
  return prepared(task, () => writeIdMaps(task.pid, idmap))
}

// The outer ids of the map are those inside the container around it. Its mounts are copies of that one's.
function nested(name: string, idmap: IdMapPair<'container', 'host'>, around: Task): Task {
  using parent = UserNamespace.of(around.pid)
  using own = createUserNamespace(idmap, { parent })
  const mounts = fs.openSync(`/proc/${around.pid}/ns/mnt`, 'r')
  const task = new Task({ name, keep: [own.fd, mounts] })
  fs.closeSync(mounts)
  return prepared(task, () => {
    enterNamespace(task, mounts, 'mnt')
    enterNamespace(task, own.fd, 'user')
    unshareNamespace(task, 'mnt')
    for (const fd of [own.fd, mounts]) closeFd(task, fd)
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
  prepared(task, prepare)
  lastActor += 1
  actors.set(lastActor, actor)
  return { actor: lastActor, pid: task.pid }
}

/** The task, once it is prepared; it does not outlive a failure. */
function prepared(task: Task, prepare: () => void): Task {
  try {
    prepare()
    return task
  } catch (error) {
    task.close()
    throw error
  }
}

export function callerOf(id: ActorId): Caller {
  return id === HOST_ROOT ? here() : find(id).task
}

/** The process of an actor; the host's root is the agent. */
export function pidOf(id: ActorId): number {
  return id === HOST_ROOT ? process.pid : find(id).task.pid
}

/** The user namespaces of the containers that run, as `/proc/PID/ns/user` names them, and how the story calls each. */
export function containerNames(): ReadonlyMap<string, string> {
  const roots = [...actors.values()].filter(({ contained, credentials }) => contained && credentials.uid === 0)
  return new Map(
    roots.map(({ task }) => [fs.readlinkSync(`/proc/${task.pid}/ns/user`), (task.name ?? '').replace(/ root$/, '')]),
  )
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
