import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import type { Case } from '../../scenarios/kit/case.ts'
import { directory, ext4, file } from '../../scenarios/kit/language.ts'
import type { ScenarioResult } from '../../scenarios/kit/result.ts'
import { runScenario } from '../../scenarios/kit/run.ts'
import type { Scenario, Stage as Scene } from '../../scenarios/kit/story.ts'
import type { Cache } from '../../vm/cache/cache.ts'
import type { Guest, GuestSpec } from '../../vm/guest/guest.ts'
import { silent } from '../../vm/progress.ts'

/** How a story about the disk `data` is told. */
export type Telling = (scene: Scene<'data'>) => Promise<void>

/** A story about one small ext4 disk with `shared`, of 1005, and `shared/of-0` in it. */
export function storyOf(tell: Telling, plot: Partial<Scenario> = {}): Scenario {
  return {
    name: 'a-story',
    title: 'Who owns the snow',
    promisedBy: 'https://example.org',
    needs: [{ idmappedMountsOn: 'data' }],
    disks: {
      data: ext4({ shared: directory({ uid: 1005 }), 'shared/of-0': file('made of snow\n') }, { sizeMiB: 2 }),
    },
    tell: tell as Scenario['tell'],
    ...plot,
  }
}

/** Runs stories with guests that are none, in a directory of its own. */
export class Stage {
  readonly logs: string
  readonly #directory: DirectoryResult

  private constructor(directory: DirectoryResult) {
    this.#directory = directory
    this.logs = path.join(directory.path, 'logs')
    fs.mkdirSync(this.logs)
  }

  static async open(): Promise<Stage> {
    return new Stage(await temporaryDirectory({ unsafeCleanup: true }))
  }

  close(): Promise<void> {
    return this.#directory.cleanup()
  }

  /** What the run left in its workplace. */
  leftovers(): string[] {
    return fs.readdirSync(this.#directory.path).filter(name => name !== 'logs')
  }

  /** The files that are left of the cases, but for the consoles' logs. */
  kept(): string[] {
    const all = fs.readdirSync(this.logs, { recursive: true, withFileTypes: true })
    return all
      .filter(entry => entry.isFile())
      .map(entry => path.relative(this.logs, path.join(entry.parentPath, entry.name)))
      .sort()
  }

  run(
    story: Scenario,
    guest: Guest | ((spec: GuestSpec) => Promise<Guest>),
    setting: Partial<Case> = {},
  ): Promise<ScenarioResult> {
    return runScenario(story, { ...this.setting(guest), ...setting })
  }

  /** What cases are told with whose guests are such. */
  setting(guest: Guest | ((spec: GuestSpec) => Promise<Guest>)): Case {
    return {
      kernel: { name: '6.12', version: '6.12.1', image: '/no/such/bzImage', id: 'none' },
      accelerator: 'auto',
      open: typeof guest === 'function' ? guest : async () => guest,
      cache: this.#cache(),
      progress: silent,
      artifacts: this.logs,
    }
  }

  #cache(): Cache {
    const unused = () => Promise.reject(new Error('a run needs nothing else of the cache'))
    const tmpdir = this.#directory.path
    return {
      dir: tmpdir,
      find: unused,
      use: () => {},
      entry: unused,
      exclusive: unused,
      logs: unused,
      async temporary() {
        const { path: made, cleanup } = await temporaryDirectory({ tmpdir, unsafeCleanup: true })
        return { path: made, [Symbol.asyncDispose]: cleanup }
      },
    }
  }
}
