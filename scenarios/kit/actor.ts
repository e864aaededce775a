import { type AclKind, encodeAcl } from '../../lib/kernel/acl.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import { encodeFileCapability } from '../../lib/kernel/file-capability.ts'
import type { FileStatus } from '../../lib/kernel/files.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import type { ActorId, Reply } from '../../vm/guest/protocol.ts'
import { type Aspect, attributeInWords, attributeOf, inodeInWords } from './aspect.ts'
import { parseFileCapability } from './capability-text.ts'
import { type GuestShell, guestShell } from './guest-shell.ts'
import type { Act, Ledger } from './ledger.ts'
import { aclWith } from './named-entries.ts'
import type { Errno } from './refusal.ts'

/** What anybody can do to files. Ids are the actor's own: a container's user 1005 says 1005. */
export type Deeds = {
  /** Makes a new file, mode 0644. */
  create(path: string, contents?: string): Promise<void>
  /** Makes `path` a new file with the bytes of another, at most 1 MiB. */
  copy(from: string, path: string, mode: number): Promise<void>
  /** Replaces what a file holds. */
  write(path: string, contents: string): Promise<void>
  /** Adds to the end of a file. */
  append(path: string, contents: string): Promise<void>
  mkdir(path: string, mode?: number): Promise<void>
  /** Makes the symbolic link `path`, which leads to `target`. */
  symlink(target: string, path: string): Promise<void>
  /** Gives `existing` a second name. */
  link(existing: string, path: string): Promise<void>
  /** A symbolic link is itself. */
  chown(path: string, uid: number, gid: number): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  /** Gives a file named entries beside its mode, as `setfacl -m` does: `setAcl('/srv/diary', 'u:1005:r--,g:50:rw-')`. Replaces an ACL it has. */
  setAcl(path: string, entries: string, kind?: AclKind): Promise<void>
  /** As setcap(8): `setCapability('/srv/bin/serve', 'cap_net_bind_service=ep')`. */
  setCapability(path: string, capability: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  rmdir(path: string): Promise<void>
}

/** Somebody who acts in the story: the host's root, a container's root, a user of either. */
export class Actor implements Deeds {
  /** `container root`, `container uid 1005`: how reports name who acted. */
  readonly name: string
  /** Runs a command as this actor, in its namespaces: a zx shell whose processes are the guest's. */
  readonly $: GuestShell
  readonly #guest: Guest
  readonly #id: ActorId
  readonly #ledger: Ledger

  constructor(name: string, id: ActorId, guest: Guest, ledger: Ledger) {
    this.name = name
    this.#id = id
    this.#guest = guest
    this.#ledger = ledger
    this.$ = guestShell(guest, id)
  }

  get id(): ActorId {
    return this.#id
  }

  /** The same deeds, each of which the kernel must refuse with `errno`: `await user.isRefused('EACCES').write(…)`. */
  isRefused(errno: Errno): Deeds {
    return this.#deeds(async (operation, attempt) => {
      await this.#ledger.mustFail(`${this.name} is refused ${operation}`, errno, attempt, this.#act(operation))
    })
  }

  stat(path: string): Promise<FileStatus> {
    return this.#guest.call('file.stat', { actor: this.#id, path })
  }

  /** What it is told of a file, as a table writes it: of the owner `uid:gid`; or the errno. */
  async told(path: string, aspect: Aspect = 'owner'): Promise<string> {
    const name = attributeOf(aspect)
    try {
      if (name === undefined) return inodeInWords(aspect, await this.stat(path))
      const value = await this.#guest.call('file.xattr', { actor: this.#id, path, name })
      return attributeInWords(aspect, value === null ? undefined : Buffer.from(value, 'base64'))
    } catch (error) {
      return errnoOrThrow(error)
    }
  }

  /** What `inspect` says of a path that this actor sees. */
  inspect(path: string): Promise<Reply<'file.inspect'>> {
    return this.#guest.call('file.inspect', { actor: this.#id, path })
  }

  async read(path: string): Promise<string> {
    return Buffer.from(await this.#guest.call('file.read', { actor: this.#id, path }), 'base64').toString('utf8')
  }

  /** Is let read a file, and it holds just this. */
  reads(path: string, contents: string): Promise<void> {
    return this.#ledger.during(async () => {
      const found = await this.read(path).then(JSON.stringify, errnoOrThrow)
      this.#ledger.check(`${this.name} reads ${path}`, JSON.stringify(contents), found, this.#act(`read ${path}`))
    })
  }

  /** Which of the first pages of a file are in memory, as mincore(2) tells this actor: `00`, or `11` to who is not entitled to know. */
  residentPages(path: string, pages: number): Promise<string> {
    return this.#guest.call('file.residentPages', { actor: this.#id, path, pages })
  }

  create: Deeds['create'] = (...args) => this.#does.create(...args)
  copy: Deeds['copy'] = (...args) => this.#does.copy(...args)
  write: Deeds['write'] = (...args) => this.#does.write(...args)
  append: Deeds['append'] = (...args) => this.#does.append(...args)
  mkdir: Deeds['mkdir'] = (...args) => this.#does.mkdir(...args)
  symlink: Deeds['symlink'] = (...args) => this.#does.symlink(...args)
  link: Deeds['link'] = (...args) => this.#does.link(...args)
  chown: Deeds['chown'] = (...args) => this.#does.chown(...args)
  chmod: Deeds['chmod'] = (...args) => this.#does.chmod(...args)
  setAcl: Deeds['setAcl'] = (...args) => this.#does.setAcl(...args)
  setCapability: Deeds['setCapability'] = (...args) => this.#does.setCapability(...args)
  rename: Deeds['rename'] = (...args) => this.#does.rename(...args)
  unlink: Deeds['unlink'] = (...args) => this.#does.unlink(...args)
  rmdir: Deeds['rmdir'] = (...args) => this.#does.rmdir(...args)

  get #does(): Deeds {
    return this.#deeds((operation, attempt) =>
      this.#ledger.mustSucceed(`${this.name}: ${operation}`, attempt, this.#act(operation)),
    )
  }

  // An operation's words name the path it is about before any other.
  #act(operation: string): Act {
    const [path] = /(?<= )\/\S*/.exec(operation) ?? []
    return { actor: this.name, operation, ...(path === undefined ? {} : { path }) }
  }

  #deeds(attempt: (claim: string, act: () => Promise<unknown>) => Promise<void>): Deeds {
    const actor = this.#id
    const call: Guest['call'] = this.#guest.call.bind(this.#guest)
    return {
      create: (path, contents = '') =>
        attempt(`create ${path}`, () => call('file.create', { actor, path, contents: base64(contents), mode: 0o644 })),
      copy: (from, path, mode) =>
        attempt(`make ${path} a copy of ${from}`, async () => {
          const contents = await call('file.read', { actor, path: from })
          await call('file.create', { actor, path, contents, mode })
        }),
      write: (path, contents) =>
        attempt(`write ${path}`, () => call('file.write', { actor, path, contents: base64(contents) })),
      append: (path, contents) =>
        attempt(`append to ${path}`, () => call('file.append', { actor, path, contents: base64(contents) })),
      mkdir: (path, mode = 0o755) => attempt(`mkdir ${path}`, () => call('file.mkdir', { actor, path, mode })),
      symlink: (target, path) =>
        attempt(`symlink ${path} to ${target}`, () => call('file.symlink', { actor, target, path })),
      link: (existing, path) =>
        attempt(`link ${path} to ${existing}`, () => call('file.link', { actor, existing, path })),
      chown: (path, uid, gid) =>
        attempt(`chown ${path} to ${uid}:${gid}`, () => call('file.chown', { actor, path, uid, gid })),
      chmod: (path, mode) =>
        attempt(`chmod ${path} to 0${mode.toString(8)}`, () => call('file.chmod', { actor, path, mode })),
      setAcl: (path, entries, kind = 'access') =>
        attempt(`set the ${kind} ACL of ${path} to ${entries}`, async () => {
          const { mode } = await call('file.stat', { actor, path })
          const value = encodeAcl(aclWith(entries, mode)).toString('base64')
          await call('file.setXattr', { actor, path, name: `system.posix_acl_${kind}`, value })
        }),
      setCapability: (path, capability) =>
        attempt(`set the capabilities of ${path} to ${capability}`, () => {
          const value = encodeFileCapability(parseFileCapability(capability)).toString('base64')
          return call('file.setXattr', { actor, path, name: 'security.capability', value })
        }),
      rename: (from, to) => attempt(`rename ${from} to ${to}`, () => call('file.rename', { actor, from, to })),
      unlink: path => attempt(`unlink ${path}`, () => call('file.unlink', { actor, path })),
      rmdir: path => attempt(`rmdir ${path}`, () => call('file.rmdir', { actor, path })),
    }
  }
}

function errnoOrThrow(error: unknown): string {
  if (error instanceof SyscallError) return error.code
  throw error
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
