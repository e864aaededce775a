import fs from 'node:fs/promises'
import path from 'node:path'
import { quote } from 'zx'
import type { Cache } from '../../vm/cache/cache.ts'
import type { Guest, GuestSpec } from '../../vm/guest/guest.ts'
import { makeDisk } from '../../vm/image/disk.ts'
import { requireGuestDrivers } from '../../vm/kernel/drivers.ts'
import type { Kernel } from '../../vm/kernel/source.ts'
import type { Progress } from '../../vm/progress.ts'
import type { AcceleratorChoice } from '../../vm/qemu/accelerator.ts'
import { Host } from './host.ts'
import { judge, judgeError, type Verdict, writeDown } from './judge.ts'
import { Ledger } from './ledger.ts'
import { knownToBeMissing, missingFeature } from './needs.ts'
import type { CaseDisk } from './places.ts'
import type { ScenarioResult } from './result.ts'
import type { Sabotage } from './sabotage.ts'
import { sabotageImages } from './sabotage-images.ts'
import type { Scenario } from './story.ts'
import { StoryDisk } from './story-disk.ts'

export type Case = {
  readonly kernel: Kernel
  readonly accelerator: AcceleratorChoice
  /** `bootGuest`, or a stand-in for it. */
  readonly boot: (spec: GuestSpec, cache: Cache, progress: Progress) => Promise<Guest>
  readonly cache: Cache
  readonly progress: Progress
  /** A directory for what must outlive the run: console logs. */
  readonly logs: string
  /** Keeps the disk images beside the logs. */
  readonly keepImages: boolean
  readonly sabotage?: Sabotage
}

/** Tells one story in a guest of its own and judges it. Never rejects: whatever goes wrong is the result's reason. */
export async function runScenario(story: Scenario, setting: Case): Promise<ScenarioResult> {
  const start = performance.now()
  const ledger = new Ledger()
  const verdict = await perform(story, setting, ledger).catch((error: unknown) => judgeError(error, ledger))
  const seconds = Math.round(performance.now() - start) / 1000
  return { ...head(story, setting), ...verdict, seconds }
}

function head(story: Scenario, setting: Case) {
  return {
    scenario: story.name,
    title: story.title,
    kernel: setting.kernel.version,
    ...(setting.kernel.note === undefined ? {} : { kernelNote: setting.kernel.note }),
    repeat: repeatCommand(story, setting),
  }
}

function repeatCommand(story: Scenario, { kernel, accelerator, sabotage }: Case): string {
  return [
    ...['npx', 'idmaplab', 'run', story.name, '--kernel', quote(kernel.name)],
    ...(kernel.givenModules === undefined ? [] : ['--modules', quote(kernel.givenModules)]),
    ...(accelerator === 'auto' ? [] : ['--accel', accelerator]),
    ...(sabotage === undefined ? [] : ['--break', sabotage]),
  ].join(' ')
}

async function perform(story: Scenario, setting: Case, ledger: Ledger): Promise<Verdict> {
  const { cache, kernel, accelerator, progress } = setting
  const lacking = await knownToBeMissing(story, kernel)
  if (lacking !== undefined) return { outcome: 'SKIP', reason: lacking, details: [], rows: [], checks: [] }
  await requireGuestDrivers(kernel)
  await using workplace = await cache.temporary()
  const disks = await makeDisks(setting.keepImages ? await imageDirectory(setting.logs, story) : workplace.path, story)
  await using guest = await setting.boot(
    {
      kernel,
      accelerator,
      disks: disks.map(asGuestDisk),
      logFile: path.join(setting.logs, `${story.name}.console.log`),
    },
    cache,
    progress,
  )
  const where = { kernel: guest.kernelRelease, accelerator: guest.accelerator }
  const missing = await missingFeature(story, disks, guest)
  if (missing !== undefined) return { ...where, outcome: 'SKIP', reason: missing, details: [], rows: [], checks: [] }
  await progress.step(`tell ${story.name}`, () => tell(story, disks, guest, ledger, setting.sabotage))
  await guest.end()
  await sabotageImages(story, disks, setting.sabotage)
  return { ...where, ...(await judge(ledger, disks)) }
}

async function imageDirectory(logs: string, story: Scenario): Promise<string> {
  const directory = path.join(logs, story.name)
  await fs.mkdir(directory, { recursive: true })
  return directory
}

/** A virtio disk's serial number, by which the guest finds it, is at most 20 bytes. */
const DISK_NAME = /^[a-z][a-z0-9-]{0,19}$/

async function makeDisks(directory: string, story: Scenario): Promise<CaseDisk[]> {
  const odd = Object.keys(story.disks).find(name => !DISK_NAME.test(name))
  if (odd !== undefined)
    throw new TypeError(`the disk ${JSON.stringify(odd)} needs a name of at most 20 small letters, digits and "-"`)
  const disks = Object.entries(story.disks).map(([name, spec]) => ({
    name,
    spec,
    image: path.join(directory, `${name}.img`),
  }))
  for (const { image, spec } of disks) await makeDisk(image, spec)
  return disks
}

function asGuestDisk({ name, image }: CaseDisk) {
  return { serial: name, image, readOnly: false }
}

async function tell(
  story: Scenario,
  disks: readonly CaseDisk[],
  guest: Guest,
  ledger: Ledger,
  sabotage?: Sabotage,
): Promise<void> {
  const host = new Host(guest, ledger, sabotage)
  const byName = Object.fromEntries(disks.map(disk => [disk.name, new StoryDisk(disk, ledger)]))
  try {
    await story.tell({
      host,
      disks: byName,
      chapter: title => ledger.enter(title),
      says: (claim, output, expected) => ledger.check(claim, JSON.stringify(expected), JSON.stringify(output.stdout)),
    })
  } catch (error) {
    if (!writeDown(error, ledger)) throw error
  }
  ledger.endStory()
  await host.letGo(disks)
}
