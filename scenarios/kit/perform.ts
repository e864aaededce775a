import type { Guest } from '../../vm/guest/guest.ts'
import { KernelTrouble } from '../../vm/guest/kernel-trouble.ts'
import { slowness } from '../../vm/slowness.ts'
import { leaveKernelLog } from './artifacts.ts'
import { expectBug, isOopsOf } from './bug.ts'
import type { Case } from './case.ts'
import {
  judge,
  judgeError,
  judgeLack,
  judgeOops,
  judgeUnread,
  knownCause,
  noteNoOops,
  type Verdict,
  writeDown,
} from './judge.ts'
import type { Ledger } from './ledger.ts'
import type { Machines } from './machines.ts'
import { tryNeeds } from './needs.ts'
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
  const { machines, ledger } = performance
  const { kernelRelease: kernel, accelerator } = machines.guest
  const verdict = await tellAndJudge(performance).catch((error: unknown) => judgeThrown(error, performance))
  const needs = ledger.needs.length === 0 ? {} : { needs: ledger.needs }
  return { kernel, accelerator, ...needs, ...verdict }
}

async function tellAndJudge({ story, setting, directory, ledger, disks, machines }: Performance): Promise<Verdict> {
  const { progress, sabotage, signal, timeout = USUAL_TIMEOUT, adopt } = setting
  const { accelerator, kernelRelease } = machines.guest
  const limit = { ms: timeout * 1000 * slowness(accelerator), signal, doing: () => machines.doing }
  const missing = await within(limit, () => prepare(story, disks, machines.guest, ledger))
  if (missing !== undefined) return judgeLack(missing, ledger.needs, kernelRelease)
  return progress.step(`tell ${story.name}`, async () => {
    await within(limit, () => tell(story, machines, disks, ledger))
    if (ledger.failing) await leaveKernelLog(machines.guest, directory)
    if (ledger.failing && adopt !== undefined) return judgeUnread(ledger)
    await within(limit, () => machines.letGo())
    const trouble = adopt === undefined ? await endOf(machines.guest) : undefined
    if (trouble !== undefined && isExpected(trouble, ledger)) throw trouble
    noteNoOops(ledger)
    await sabotageImages(disks, sabotage)
    const verdict = await judge(ledger, disks)
    return alsoIn(trouble ?? (verdict.outcome === 'PASS' ? await endOf(machines.guest) : undefined), verdict)
  })
}

/** What the story needs is tried, and its bug looked up; gives what is missing. */
async function prepare(
  story: Scenario,
  disks: readonly CaseDisk[],
  guest: Guest,
  ledger: Ledger,
): Promise<string | undefined> {
  const { findings, missing } = await tryNeeds(story, disks, guest)
  ledger.noteNeeds(findings)
  if (missing === undefined && story.bug !== undefined) ledger.expectBug(await expectBug(story.bug, guest))
  return missing
}

async function judgeThrown(thrown: unknown, { setting, machines, ledger, directory }: Performance): Promise<Verdict> {
  const trouble = knownCause(thrown)
  try {
    if (trouble instanceof KernelTrouble && isExpected(trouble, ledger)) return judgeOops(ledger, trouble)
  } catch (error) {
    return judgeError(error, ledger, directory)
  }
  if (!setting.signal?.aborted) await leaveKernelLog(machines.guest, directory)
  return judgeError(thrown, ledger, directory)
}

/** Whether it is the trouble by which the story's bug shows, on whatever kernel. */
function isExpected(trouble: KernelTrouble, { bug }: Ledger): boolean {
  return bug !== undefined && isOopsOf(bug.bug, trouble)
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
        ledger.check(claim, JSON.stringify(expected), JSON.stringify(output.stdout), {
          actor: 'a command',
          operation: claim,
        }),
      is: (claim, found, expected) =>
        ledger.check(claim, inOneLine(expected), inOneLine(found), { actor: 'the story', operation: claim }),
      shows: (claim, found, either) => ledger.witness(claim, found, either, { actor: 'the story', operation: claim }),
    })
  } catch (error) {
    if (!writeDown(error, ledger)) throw error
  }
  ledger.endStory()
}

// A line of its own could pass for one of the report's.
function inOneLine(text: string): string {
  return text.includes('\n') ? JSON.stringify(text) : text
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
