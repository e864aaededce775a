import * as v from 'valibot'
import type { FeatureName } from '../../lib/kernel/probe/probe.ts'
import { harmlessLine } from '../harmless.ts'

/** Which actor makes a call: 0 is the guest's host root, others are numbers the agent gave. */
export type ActorId = number

/** An id map on the wire, as `IdMap.extents` has it: `[from, to, count]`. */
export type WireMap = readonly (readonly [from: number, to: number, count: number])[]
export type WireMapPair = { readonly uid: WireMap; readonly gid: WireMap }

/** A mount point's map, disk → host; `passthrough` undoes the container's own. */
type WireMountMap = WireMapPair | 'passthrough'
/** What a container gets before it starts: `source` is the host's path, `target` the container's. */
export type MountPoint = { readonly source: string; readonly target: string; readonly map: WireMountMap | null }

/** What each request carries. The agent is our own code, so its side is checked by the compiler alone. */
export type Requests = {
  /** A case begins: the first request to a guest that booted or was restored. */
  'guest.arrive': Arrival
  'mount.filesystem': { source: string; target: string; type: string; options: string; readOnly: boolean }
  'mount.bind': { source: string; target: string }
  /** With a map, or that of the user namespace an actor is in. */
  'mount.idmapped': { source: string; target: string; map: WireMapPair | ActorId }
  /** A file system opened in the user namespace of the actor `owner`, created there or by the host, and mounted by the host. */
  'mount.delegated': {
    owner: ActorId
    type: string
    options: Readonly<Record<string, string | true>>
    target: string
    createdBy: 'owner' | 'host'
  }
  /** The map is that of the user namespace pinned at `pinned`. */
  'mount.idmappedBy': { source: string; target: string; pinned: string }
  /** Makes a user namespace with this map, which other programs find at `path`; unmounting it ends it. */
  'map.pin': { map: WireMapPair; path: string }
  'mount.tryIdmap': { path: string }
  'mount.plug': { actor: ActorId; source: string; target: string; map: WireMountMap }
  'mount.unplug': { actor: ActorId; target: string }
  'mount.unmount': { target: string }
  /** What statmount(2) tells a process of its own of the uid map of the mount at a path. */
  'mount.askForMap': { path: string }
  /** A copy of a mount with a map, attached nowhere. */
  'detached.open': { source: string; map: WireMapPair }
  /** Another map for it, or with `null` none: what no kernel should do. */
  'detached.change': { mount: number; map: WireMapPair | null }
  'detached.stat': { mount: number }
  'detached.closeAll': Record<string, never>
  /** All that was done in the file system is on its disk then. */
  'filesystem.settle': { path: string }
  'probe.feature': { name: FeatureName }
  /** Whether a mount of a file system that needs no disk can be idmapped. */
  'probe.filesystem': { type: string }
  /** Whether a file system keeps extended attributes of a kind. */
  'probe.xattr': { path: string; name: string }
  /** Waits until no mount anywhere keeps the disk with this serial busy. */
  'disk.released': { serial: string; limitMs: number }
  'disk.device': { serial: string }
  /** Inside the container whose root is `within`; on the host if that is absent. */
  'actor.container': { name: string; idmap: WireMapPair; root: string | null; within?: ActorId }
  /** A container with a root file system (the mount point `/`, which comes first) and mount points of its own. */
  'container.start': { name: string; idmap: WireMapPair; mountPoints: readonly MountPoint[] }
  /** Root of a container that runs already: of the user and mount namespaces `pid` is in. */
  'actor.enter': { name: string; pid: number }
  'actor.user': { name: string; within: ActorId; uid: number; gid: number; groups: readonly number[] }
  'actor.end': { actor: ActorId }
  'file.stat': { actor: ActorId; path: string }
  'file.create': { actor: ActorId; path: string; contents: string; mode: number }
  'file.write': { actor: ActorId; path: string; contents: string }
  'file.append': { actor: ActorId; path: string; contents: string }
  'file.read': { actor: ActorId; path: string }
  /** A file without a name; it stays open until it is closed. */
  'file.openUnnamed': { actor: ActorId; path: string }
  'file.close': { actor: ActorId; fd: number }
  /** Which of the first pages of a file are in memory, as mincore(2) tells the actor. */
  'file.residentPages': { actor: ActorId; path: string; pages: number }
  'file.mkdir': { actor: ActorId; path: string; mode: number }
  'file.symlink': { actor: ActorId; target: string; path: string }
  'file.link': { actor: ActorId; existing: string; path: string }
  /** Base64; null where there is none of that name. */
  'file.xattr': { actor: ActorId; path: string; name: string }
  'file.setXattr': { actor: ActorId; path: string; name: string; value: string }
  /** What `inspect` says of a path that this actor sees; the host's root sees it without any container. */
  'file.inspect': { actor: ActorId; path: string }
  'file.chown': { actor: ActorId; path: string; uid: number; gid: number }
  'file.chmod': { actor: ActorId; path: string; mode: number }
  'file.rename': { actor: ActorId; from: string; to: string }
  'file.unlink': { actor: ActorId; path: string }
  'file.rmdir': { actor: ActorId; path: string }
  /** `from` connects to `to` and sends a byte; `claim`: with these ids as its own; `file`: with a descriptor of this file, which it opens. */
  'socket.exchange': { from: ActorId; to: ActorId; claim: { uid: number; gid: number } | null; file: string | null }
  /** Of whose `/proc/PID` the actor sees the process of `of` to be. */
  'process.owner': { actor: ActorId; of: ActorId }
  /** What the kernel keeps for root and the agent; waits up to the limit for the expected number of user namespaces. */
  'held.count': { expected: number | null; limitMs: number }
  /** Kills everything a command left running, and waits until it is gone. */
  'process.endAll': { limitMs: number }
  /** A program that the agent itself will call, with a name of its own. */
  'program.load': { name: string; code: string }
  /** Calls what it exports as `main`; its answer is the reply. */
  'program.call': { name: string; argument: unknown }
  'process.run': { actor: ActorId; argv: readonly string[]; stdin: string }
  /** A command for a person: on a terminal of its own, its bytes on the terminal's port; with `null` only its input is there. */
  'session.run': {
    actor: ActorId
    argv: readonly string[]
    environment: Readonly<Record<string, string>>
    terminal: { columns: number; rows: number; term: string } | null
  }
  'session.resize': { columns: number; rows: number }
  /** There will be no more than so many bytes of input. */
  'session.endInput': { bytes: number }
  /** Its person has gone. */
  'session.hangUp': Record<string, never>
}

/** What the host gives the loader, once: the first message to a guest that booted. */
export type Admission = {
  /** The agent, as {@link bundleAgent} makes it. What is run of all that crosses the wire is this and what the agent is given to call (`program.load`), and both go one way. */
  readonly code: string
}

/** What makes a guest the case's own. */
export type Arrival = {
  /** As the case has it; commands find it in `$IDMAPLAB_SEED`. */
  readonly seed: string
  /** 32 bytes made of the seed, hexadecimal: whatever is random in the guest begins from them. */
  readonly entropy: string
  /** Milliseconds since 1970, for the guest's clock. */
  readonly clockMs: number
  /** How many of the machine's virtio slots hold a disk; they are the first. The loader let go of them. */
  readonly disks: number
}

// Shown to people, so made fit for that where it comes in.
const text = v.pipe(v.string(), v.maxLength(64 * 1024), v.transform(harmlessLine))
const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))
const nothing = v.null()
const owner = v.object({ uid: id, gid: id })
/** Null where there is no id to be seen. */
const ownerIfAny = v.object({ uid: v.nullable(id), gid: v.nullable(id) })
const status = v.object({
  type: v.picklist(['file', 'directory', 'symlink', 'socket', 'fifo', 'block', 'character']),
  mode: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o7777)),
  uid: id,
  gid: id,
  size: v.pipe(v.number(), v.minValue(0)),
})
const answer = v.variant('state', [
  v.object({ state: v.literal('yes'), detail: v.exactOptional(text) }),
  v.object({ state: v.literal('no'), errno: v.exactOptional(text), why: text }),
  v.object({ state: v.literal('unknown'), needs: text }),
])

/** What each reply must look like. The guest is not trusted: a reply of another shape ends the run. */
export const replies = {
  /** `uname -r`. */
  'guest.arrive': v.object({ kernel: text }),
  'mount.filesystem': nothing,
  'mount.bind': nothing,
  'mount.idmapped': nothing,
  'mount.delegated': nothing,
  'mount.idmappedBy': nothing,
  'map.pin': nothing,
  'mount.tryIdmap': nothing,
  'mount.plug': nothing,
  'mount.unplug': nothing,
  'mount.unmount': nothing,
  'mount.askForMap': v.object({ killed: v.boolean(), map: v.nullable(v.array(v.tuple([id, id, id]))) }),
  'detached.open': v.object({ mount: id }),
  'detached.change': nothing,
  'detached.stat': status,
  'detached.closeAll': nothing,
  'filesystem.settle': nothing,
  'probe.feature': answer,
  'probe.filesystem': answer,
  'probe.xattr': answer,
  'disk.released': nothing,
  'disk.device': v.pipe(v.string(), v.regex(/^\/dev\/(vd[a-z]{1,2}|nvme\d{1,2}n1|loop\d{1,7})$/)),
  'actor.container': v.object({ actor: id, pid: id }),
  'container.start': v.object({ actor: id, pid: id }),
  'actor.enter': v.object({ actor: id, pid: id }),
  'actor.user': v.object({ actor: id, pid: id }),
  'actor.end': nothing,
  'file.stat': status,
  'file.create': nothing,
  'file.write': nothing,
  'file.append': nothing,
  /** Base64. */
  'file.read': v.string(),
  'file.openUnnamed': v.object({ fd: id, inode: id, uid: id, gid: id }),
  'file.close': nothing,
  'file.residentPages': v.pipe(v.string(), v.regex(/^[01]+$/)),
  'file.mkdir': nothing,
  'file.symlink': nothing,
  'file.link': nothing,
  'file.xattr': v.nullable(v.string()),
  'file.setXattr': nothing,
  'file.inspect': v.object({
    owner: v.object({ disk: ownerIfAny, seen: ownerIfAny }),
    /** Whether the kernel shows the map of the mount. */
    map: v.picklist(['none', 'known', 'hidden', 'unknown']),
    /** A user namespace that is a container's is called by its name. */
    sentences: v.array(text),
  }),
  'file.chown': nothing,
  'file.chmod': nothing,
  'file.rename': nothing,
  'file.unlink': nothing,
  'file.rmdir': nothing,
  /** As the receiver sees them: SO_PEERCRED, SCM_CREDENTIALS, and fstat of the descriptor. */
  'socket.exchange': v.object({ peer: owner, sent: owner, passed: v.nullable(owner) }),
  'process.owner': owner,
  'held.count': v.object({ userNamespaces: id, descriptors: id }),
  'process.endAll': nothing,
  'program.load': nothing,
  /** Whoever calls knows what it must look like. */
  'program.call': v.unknown(),
  /** The exit code, or null and the signal. What it wrote came before, as `stream` messages. */
  'process.run': v.object({ code: v.nullable(v.number()), signal: v.nullable(v.string()) }),
  'session.run': v.object({ code: v.nullable(v.number()), signal: v.nullable(v.string()) }),
  'session.resize': nothing,
  'session.endInput': nothing,
  'session.hangUp': nothing,
} satisfies Record<keyof Requests, v.GenericSchema>

export type Method = keyof Requests
export type Reply<M extends Method> = v.InferOutput<(typeof replies)[M]>

/** Host to guest. */
export type Request = {
  [M in Method]: { readonly id: number; readonly method: M; readonly params: Requests[M] }
}[Method]

/** Guest to host: that it waits for its agent, the agent's greeting, a reply, a refusal, or a piece of a running command's output. */
export const guestMessage = v.variant('kind', [
  v.object({ kind: v.literal('ready') }),
  v.object({ kind: v.literal('hello'), protocol: v.number() }),
  v.object({ kind: v.literal('reply'), id: v.number(), result: v.unknown() }),
  v.object({
    kind: v.literal('error'),
    id: v.number(),
    message: text,
    /** Present when the kernel refused a system call. */
    refusal: v.optional(
      v.object({
        errno: v.number(),
        syscall: text,
        args: v.array(text),
        actor: v.optional(text),
        /** What the library found to lie behind it, in place of its usual sentence. */
        why: v.optional(text),
      }),
    ),
  }),
  v.object({ kind: v.literal('stream'), id: v.number(), stream: v.picklist(['stdout', 'stderr']), data: v.string() }),
])
export type GuestMessage = v.InferOutput<typeof guestMessage>
