import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { type Caller, here } from '../../../lib/kernel/caller.ts'
import * as files from '../../../lib/kernel/files.ts'
import { idmapMount, tryIdmap } from '../../../lib/kernel/idmapped-mount.ts'
import { bindMount, closeFd, MountFlag, mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { probeFeature, probeIdmappedMounts } from '../../../lib/kernel/probe/probe.ts'
import { probeXattr } from '../../../lib/kernel/probe/xattr.ts'
import { residentPages } from '../../../lib/kernel/residency.ts'
import { settle } from '../../../lib/kernel/settle.ts'
import { getXattr, setXattr } from '../../../lib/kernel/xattr.ts'
import type { ActorId, Method, Reply, Requests } from '../protocol.ts'
import { actorCommand, callerOf, createContainer, createUser, endActor, enterRunning, pidOf } from './actors.ts'
import { callProgram, loadProgram } from './called-programs.ts'
import { mountDelegated } from './delegated.ts'
import { changeDetached, closeDetached, openDetached, statDetached } from './detached.ts'
import { endAll } from './end-all.ts'
import { exchange, ownerOfProcess } from './exchange.ts'
import { countHeld } from './held.ts'
import { inspect } from './inspected.ts'
import { askForMap } from './map-asker.ts'
import { pinMap } from './pinned-map.ts'
import type { Place } from './place.ts'
import { plug, unplug } from './plugged.ts'
import { preStart, ROOTFS } from './pre-start.ts'
import { seededRandom } from './seeded-random.ts'
import { endSessionInput, hangUpSession, resizeSession, runSession } from './session.ts'
import { toPair } from './wire.ts'

type Output = (stream: 'stdout' | 'stderr', data: Buffer) => void
// biome-ignore lint/suspicious/noConfusingVoidType: it is a return type, through a conditional
type Outcome<R> = [R] extends [null] ? void : R
export type Handlers = {
  readonly [M in Method]: (params: Requests[M], output: Output) => Outcome<Reply<M>> | Promise<Outcome<Reply<M>>>
}

/** What the agent does for each request. System calls are synchronous: one actor acts at a time, in the order asked. */
export function handlersOn(place: Place): Handlers {
  return {
    ...handlers,
    'guest.arrive': arrival => {
      process.env.IDMAPLAB_SEED = arrival.seed
      Math.random = seededRandom(Buffer.from(arrival.entropy, 'hex'))
      place.arrive(arrival)
      return { kernel: os.release() }
    },
    'disk.device': ({ serial }) => place.disk(serial),
    'disk.released': ({ serial, limitMs }) => released(place.disk(serial), limitMs),
    'session.run': (params, output) => runSession(params, output, place.openTerminal),
  }
}

const handlers: Omit<Handlers, 'guest.arrive' | 'disk.device' | 'disk.released' | 'session.run'> = {
  'mount.filesystem': ({ source, target, type, options, readOnly }) => {
    fs.mkdirSync(target, { recursive: true })
    mountFilesystem(here(), { source, target, type, options, flags: readOnly ? MountFlag.readOnly : 0 })
  },
  'mount.bind': ({ source, target }) => {
    fs.mkdirSync(target, { recursive: true })
    bindMount(here(), source, target)
  },
  'mount.idmapped': ({ source, target, map }) => {
    fs.mkdirSync(target, { recursive: true })
    idmapMount({ source, target, ...(typeof map === 'number' ? { passthrough: pidOf(map) } : { map: toPair(map) }) })
  },
  'mount.idmappedBy': ({ source, target, pinned }) => {
    fs.mkdirSync(target, { recursive: true })
    idmapMount({ source, target, userns: pinned })
  },
  'map.pin': pinMap,
  'mount.delegated': mountDelegated,
  'mount.tryIdmap': ({ path }) => tryIdmap(path, toPair<'disk', 'host'>({ uid: [[0, 1, 1]], gid: [[0, 1, 1]] })),
  'mount.plug': plug,
  'mount.unplug': unplug,
  'mount.askForMap': askForMap,
  'detached.open': openDetached,
  'detached.change': changeDetached,
  'detached.stat': statDetached,
  'detached.closeAll': closeDetached,
  'filesystem.settle': ({ path }) => settle(here(), path),
  'probe.feature': ({ name }) => probeFeature(name),
  'probe.filesystem': ({ type }) => probeIdmappedMounts(type),
  'probe.xattr': ({ path, name }) => probeXattr(path, name),
  'mount.unmount': ({ target }) => unmount(here(), target),
  'actor.container': ({ name, idmap, root, ...around }) =>
    createContainer(name, toPair<'container', 'host'>(idmap), { root, ...around }),
  'container.start': ({ name, idmap, mountPoints }) =>
    createContainer(name, toPair<'container', 'host'>(idmap), {
      root: ROOTFS,
      preStart: pid => preStart(pid, mountPoints),
    }),
  'actor.enter': ({ name, pid }) => enterRunning(name, pid),
  'actor.user': ({ name, within, uid, gid, groups }) => createUser(name, within, { uid, gid, groups }),
  'actor.end': ({ actor }) => endActor(actor),
  'file.stat': as((caller, { path }) => files.stat(caller, path)),
  'file.create': as((caller, { path, contents, mode }) => files.createFile(caller, path, bytes(contents), mode)),
  'file.write': as((caller, { path, contents }) => files.writeFile(caller, path, bytes(contents))),
  'file.append': as((caller, { path, contents }) => files.appendFile(caller, path, bytes(contents))),
  'file.read': as((caller, { path }) => Buffer.from(files.readFile(caller, path)).toString('base64')),
  'file.openUnnamed': as((caller, { path }) => {
    const { fd, inode, uid, gid } = files.openUnnamed(caller, path)
    return { fd, inode: Number(inode), uid, gid }
  }),
  'file.close': as((caller, { fd }) => closeFd(caller, fd)),
  'file.residentPages': as((caller, { path, pages }) => residentPages(caller, path, pages)),
  'file.mkdir': as((caller, { path, mode }) => files.makeDirectory(caller, path, mode)),
  'file.symlink': as((caller, { target, path }) => files.makeSymlink(caller, target, path)),
  'file.link': as((caller, { existing, path }) => files.makeLink(caller, existing, path)),
  'file.xattr': as((caller, { path, name }) => getXattr(caller, path, name)?.toString('base64') ?? null),
  'file.setXattr': as((caller, { path, name, value }) => setXattr(caller, path, name, bytes(value))),
  'file.inspect': inspect,
  'file.chown': as((caller, { path, uid, gid }) => files.changeOwner(caller, path, uid, gid)),
  'file.chmod': as((caller, { path, mode }) => files.changeMode(caller, path, mode)),
  'file.rename': as((caller, { from, to }) => files.rename(caller, from, to)),
  'file.unlink': as((caller, { path }) => files.unlink(caller, path)),
  'file.rmdir': as((caller, { path }) => files.removeDirectory(caller, path)),
  'socket.exchange': exchange,
  'process.owner': ownerOfProcess,
  'held.count': countHeld,
  'process.endAll': endAll,
  'program.load': loadProgram,
  'program.call': callProgram,
  'process.run': run,
  'session.resize': resizeSession,
  'session.endInput': endSessionInput,
  'session.hangUp': hangUpSession,
}

function as<P extends { actor: ActorId }, R>(act: (caller: Caller, params: P) => R): (params: P) => R {
  return params => act(callerOf(params.actor), params)
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

// A superblock outlives umount(2) for a moment: mounts of an ended mount namespace are let go in the background.
// An exclusive open of the device fails with EBUSY as long as there is one.
async function released(path: string, limitMs: number): Promise<void> {
  const POLL_MS = 10
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_EXCL)
      fs.fsyncSync(fd)
      fs.closeSync(fd)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || performance.now() > deadline) throw error
      await wait(POLL_MS)
    }
  }
}

function run({ actor, argv, stdin }: Requests['process.run'], output: Output): Promise<Reply<'process.run'>> {
  const [command = '', ...args] = [...actorCommand(actor), ...argv]
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdout.on('data', data => output('stdout', data))
    child.stderr.on('data', data => output('stderr', data))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
    child.stdin.on('error', () => {})
    child.stdin.end(bytes(stdin))
  })
}
