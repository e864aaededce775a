import fs from 'node:fs/promises'
import path from 'node:path'
import { ProcessOutput, quote } from 'zx'
import { IdmaplabError } from '../../lib/error.ts'
import { SyscallError } from '../../lib/kernel/errno.ts'
import type { Cache } from '../../vm/cache/cache.ts'
import type { Guest, GuestSpec } from '../../vm/guest/guest.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { makeDisk } from '../../vm/image/disk.ts'
import { checkUnmounted } from '../../vm/image/raw/ext4.ts'
import type { Kernel } from '../../vm/kernel/source.ts'
import type { Progress } from '../../vm/progress.ts'
import type { AcceleratorChoice } from '../../vm/qemu/accelerator.ts'
import { Host } from './host.ts'
import { Ledger } from './ledger.ts'
import { missingFeature } from './needs.ts'
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
  const verdict = await perform(story, setting, ledger).catch(judgeError)
  const seconds = Math.round(performance.now() - start) / 1000
  return { ...head(story, setting), ...verdict, seconds }
}

type Verdict = Pick<ScenarioResult, 'outcome' | 'reason' | 'details' | 'rows' | 'checks' | 'accelerator'> & {
  kernel?: string
}

function head(story: Scenario, setting: Case) {
  return {
    scenario: story.name,
    title: story.title,
    kernel: setting.kernel.version,
    repeat: repeatCommand(story, setting),
  }
}

function repeatCommand(story: Scenario, { kernel, accelerator, sabotage }: Case): string {
  const own = kernel.package === undefined && kernel.modules !== undefined
  return [
    ...['npx', 'idmaplab', 'run', story.name, '--kernel', quote(kernel.name)],
    ...(own ? ['--modules', quote(kernel.modules ?? '')] : []),
    ...(accelerator === 'auto' ? [] : ['--accel', accelerator]),
    ...(sabotage === undefined ? [] : ['--break', sabotage]),
  ].join(' ')
}

async function perform(story: Scenario, setting: Case, ledger: Ledger): Promise<Verdict> {
  const { cache, kernel, accelerator, progress } = setting
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
  await guest[Symbol.asyncDispose]()
  await sabotageImages(story, disks, setting.sabotage)
  return { ...where, ...(await judge(ledger, disks)) }
}

async function imageDirectory(logs: string, story: Scenario): Promise<string> {
  const directory = path.join(logs, story.name)
  await fs.mkdir(directory, { recursive: true })
  return directory
}

async function makeDisks(directory: string, story: Scenario): Promise<CaseDisk[]> {
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
  await host.letGo(disks)
}

// What the story could not go on after, but which says something about the kernel: a refused call, a failed command.
function writeDown(error: unknown, ledger: Ledger): boolean {
  if (error instanceof SyscallError) {
    const { actor = 'host root', syscall, args, code } = error
    ledger.check(`${actor}: ${syscall}(${args.join(', ')})`, 'success', code)
    return true
  }
  if (!(error instanceof ProcessOutput) || knownCause(error) !== undefined) return false
  ledger.check('a command of the story', 'exit code 0', `exit code ${error.exitCode}: ${error.stderr.trim()}`)
  return true
}

async function judge(ledger: Ledger, disks: readonly CaseDisk[]): Promise<Verdict> {
  for (const { image, spec } of disks) if (spec.fs === 'ext4') await checkUnmounted(image)
  const { rows, checks } = await ledger.close()
  if (rows.length + checks.length === 0)
    throw new HarnessError('GUEST_PROTOCOL', 'The story claimed nothing, so it proves nothing.')
  const failed = [...rows, ...checks].some(({ outcome }) => outcome === 'FAIL')
  return { outcome: failed ? 'FAIL' : 'PASS', details: [], rows, checks }
}

function judgeError(thrown: unknown): Verdict {
  const error = knownCause(thrown) ?? thrown
  const reason = error instanceof Error ? error.message : String(error)
  const details = error instanceof HarnessError ? error.details : error instanceof IdmaplabError ? [] : stackOf(error)
  return { outcome: 'ERROR', reason, details, rows: [], checks: [] }
}

// zx wraps what went wrong below it.
function knownCause(error: unknown): IdmaplabError | undefined {
  if (error instanceof IdmaplabError) return error
  return error instanceof Error && error.cause !== undefined ? knownCause(error.cause) : undefined
}

// An error nobody foresaw is a defect of ours or of the story: where it came from is what its reader needs.
function stackOf(error: unknown): string[] {
  return error instanceof Error && error.stack !== undefined
    ? error.stack
        .split('\n')
        .slice(1)
        .map(line => line.trim())
    : []
}
