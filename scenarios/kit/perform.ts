import type { Guest } from '../../vm/guest/guest.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { slowness } from '../../vm/slowness.ts'
import { leaveKernelLog } from './artifacts.ts'
import type { Case } from './case.ts'
import { judge, judgeError, judgeUnread, skip, type Verdict, writeDown } from './judge.ts'
import type { Ledger } from './ledger.ts'
import type { Machines } from './machines.ts'
import { missingFeature } from './needs.ts'
import type { CaseDisk } from './places.ts'
import { sabotageImages } from './sabotage-images.ts'
import type { Scenario } from './story.ts'
import { StoryDisk } from './story-disk.ts'
import { within } from './time-limit.ts'

export type Performance = {
  readonly story: Scenario
  readonly setting: Case
  readonly directory: string
  readonly ledger: Ledger
  readonly disks: readonly CaseDisk[]
  readonly machines: Machines
}

/** What a story may take on an idle machine with KVM, in seconds, unless something else is asked for. */
const USUAL_TIMEOUT = 20

/** Tells a story in its guest and judges it. Never rejects. A guest that is to be adopted when the story fails is not ended then. */
export async function perform(performance: Performance): Promise<Verdict> {
  const { machines, ledger, directory } = performance
  const where = { kernel: machines.guest.kernelRelease, accelerator: machines.guest.accelerator }
  try {
    return { ...where, ...(await tellAndJudge(performance)) }
  } catch (error) {
    if (!performance.setting.signal?.aborted) await leaveKernelLog(machines.guest, directory)
    return { ...where, ...judgeError(error, ledger, directory) }
  }
}

async function tellAndJudge({ story, setting, directory, ledger, disks, machines }: Performance): Promise<Verdict> {
  const { progress, sabotage, signal, timeout = USUAL_TIMEOUT, adopt } = setting
  const { accelerator } = machines.guest
  const limit = { ms: timeout * 1000 * slowness(accelerator), signal, doing: () => machines.doing }
  const missing = await within(limit, () => missingFeature(story, disks, machines.guest))
  if (missing !== undefined) return skip(missing)
  return progress.step(`tell ${story.name}`, async () => {
    await within(limit, () => tell(story, machines, disks, ledger))
    if (ledger.failing) await leaveKernelLog(machines.guest, directory)
    if (ledger.failing && adopt !== undefined) return judgeUnread(ledger)
    await within(limit, () => machines.letGo())
    const trouble = adopt === undefined ? await endOf(machines.guest) : undefined
    await sabotageImages(disks, sabotage)
    const verdict = await judge(ledger, disks)
    return alsoIn(trouble ?? (verdict.outcome === 'PASS' ? await endOf(machines.guest) : undefined), verdict)
  })
}

/** Tells the story up to its end; what it could not go on after is thrown if it says nothing about the kernel, else written down. */
export async function tell(
  story: Scenario,
  machines: Machines,
  disks: readonly CaseDisk[],
  ledger: Ledger,
): Promise<void> {
  const byName = Object.fromEntries(disks.map(disk => [disk.name, new StoryDisk(disk, ledger)]))
  try {
    await story.tell({
      host: machines.host,
      machine: name => machines.machine(name),
      disks: byName,
      chapter: title => ledger.enter(title),
      says: (claim, output, expected) =>
        ledger.check(
          claim,
          JSON.stringify(expected),
          JSON.stringify(typeof output === 'string' ? output : output.stdout),
          {
            actor: 'a command',
            operation: claim,
          },
        ),
    })
  } catch (error) {
    if (!writeDown(error, ledger)) throw error
  }
  ledger.endStory()
}

/** The trouble the kernel got into, if it did: what it said last is read before the guest is gone. */
async function endOf(guest: Guest): Promise<KernelTrouble | undefined> {
  try {
    await guest.end()
    return undefined
  } catch (error) {
    if (error instanceof KernelTrouble) return error
    throw error
  }
}

function alsoIn(trouble: KernelTrouble | undefined, verdict: Verdict): Verdict {
  if (trouble === undefined) return verdict
  const { code, message, kind, trace, details } = trouble
  return { ...verdict, outcome: 'FAIL', code, reason: message, crash: { kind, trace }, details }
}
