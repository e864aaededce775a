import path from 'node:path'
import type { Guest } from '../../vm/guest/guest.ts'
import { expectBug } from './bug.ts'
import type { Case } from './case.ts'
import type { RunningContainer } from './containers.ts'
import { Ledger } from './ledger.ts'
import { tell } from './perform.ts'
import { quoted } from './quoted.ts'
import { makeReady } from './run.ts'
import type { Scenario } from './story.ts'

/** A guest in which a story was told, with its mounts and containers still there. */
export type SetUp = AsyncDisposable & {
  readonly guest: Guest
  readonly mounts: readonly string[]
  readonly containers: readonly RunningContainer[]
  /** What the story could not go on after, if it could not. */
  readonly problem?: string
}

/** A shell's profile in the guest: a prompt, colours, and `enter NAME` for the story's containers. */
export const PROFILE = '/run/idmaplab-profile'

/** Tells a story and stops before its end: nothing is unmounted or judged. Rejects when there is no guest to be had. */
export async function setUp(story: Scenario, setting: Case): Promise<SetUp> {
  const ledger = new Ledger()
  const { disks, machines } = await makeReady(story, setting, path.join(setting.artifacts, story.name), ledger)
  if (story.bug !== undefined) ledger.expectBug(await expectBug(story.bug, machines.guest))
  const problem = await tell(story, machines, disks, ledger).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const contents = Buffer.from(profile(machines.host.containers)).toString('base64')
  await machines.guest.call('file.create', { actor: 0, path: PROFILE, contents, mode: 0o644 })
  return {
    guest: machines.guest,
    mounts: machines.host.mounts,
    containers: machines.host.containers,
    ...(problem === undefined ? {} : { problem }),
    [Symbol.asyncDispose]: () => machines[Symbol.asyncDispose](),
  }
}

function profile(containers: readonly RunningContainer[]): string {
  const into = (pid: number) =>
    `nsenter --target=${pid} --user --mount --root --wd --setuid=0 --setgid=0 "\${@:-/bin/sh}"`
  return [
    String.raw`PS1='\[\e[1;32m\]idmaplab\[\e[0m\]:\w\$ '`,
    "alias ls='ls --color=auto'",
    'enter() {',
    '  [ $# -gt 0 ] && name=$1 && shift',
    '  case "$name" in',
    ...containers.map(({ name, pid }) => `    ${quoted(name)}) ${into(pid)};;`),
    `    *) echo "usage: enter CONTAINER [COMMAND]; there are: ${containers.map(({ name }) => name).join(' ')}" >&2; return 64;;`,
    '  esac',
    '}',
    '',
  ].join('\n')
}
