import path from 'node:path'
import type { Guest } from '../../vm/guest/guest.ts'
import { expectBug } from './bug.ts'
import type { Case } from './case.ts'
import type { RunningContainer } from './containers.ts'
import { Ledger } from './ledger.ts'
import { tell } from './perform.ts'
import { writeProfile } from './profile.ts'
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

/** Tells a story and stops before its end: nothing is unmounted or judged. Rejects when there is no guest to be had. */
export async function setUp(story: Scenario, setting: Case): Promise<SetUp> {
  const ledger = new Ledger()
  const { disks, machines } = await makeReady(story, setting, path.join(setting.artifacts, story.name), ledger)
  if (story.bug !== undefined) ledger.expectBug(await expectBug(story.bug, machines.guest))
  const problem = await tell(story, machines, disks, ledger).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  await writeProfile(machines.guest, machines.host.containers)
  return {
    guest: machines.guest,
    mounts: machines.host.mounts,
    containers: machines.host.containers,
    ...(problem === undefined ? {} : { problem }),
    [Symbol.asyncDispose]: () => machines[Symbol.asyncDispose](),
  }
}
