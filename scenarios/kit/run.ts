import path from 'node:path'
import { makeDirectory } from '../../vm/cache/make-directory.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import { makeDisk } from '../../vm/image/disk.ts'
import { requireGuestDrivers } from '../../vm/kernel/drivers.ts'
import { requireNative } from '../../vm/native/requirements.ts'
import { slowness } from '../../vm/slowness.ts'
import { clearAway, leaveArtifacts } from './artifacts.ts'
import type { Case } from './case.ts'
import { judgeError, skip } from './judge.ts'
import { Ledger } from './ledger.ts'
import { Machines } from './machines.ts'
import { knownToBeMissing } from './needs.ts'
import { perform } from './perform.ts'
import type { CaseDisk } from './places.ts'
import { writeProfile } from './profile.ts'
import { repeatCommand } from './repeat-command.ts'
import type { ScenarioResult } from './result.ts'
import type { Scenario } from './story.ts'
import { within } from './time-limit.ts'

/** A case whose disks are made and whose guest answers, or of which it is known why not. */
export type PreparedCase = AsyncDisposable & {
  /** Tells the story and judges it, once. Never rejects: whatever goes wrong is the result's reason. */
  tell(): Promise<ScenarioResult>
}

/** Tells one story in a guest of its own and judges it. Never rejects. */
export async function runScenario(story: Scenario, setting: Case): Promise<ScenarioResult> {
  await using prepared = await prepareCase(story, setting)
  return await prepared.tell()
}

/** Makes a case's disks and opens its guest; never rejects. `name` is what its directory is called. */
export async function prepareCase(story: Scenario, setting: Case, name: string = story.name): Promise<PreparedCase> {
  const start = performance.now()
  const directory = path.join(setting.artifacts, name)
  const ledger = new Ledger()
  const ready = await makeReadyOrSayWhyNot(story, setting, directory, ledger).catch((error: unknown) => ({ error }))
  const spent = performance.now() - start
  const machines = 'machines' in ready ? ready.machines : undefined
  const seed = machines?.guest.seed ?? setting.seed
  let adopted = false
  let told = false
  const letGo = async (): Promise<void> => (adopted ? undefined : machines?.[Symbol.asyncDispose]())
  return {
    async tell() {
      told = true
      const resumed = performance.now()
      const verdict =
        'error' in ready
          ? judgeError(ready.error, ledger, directory)
          : 'lacking' in ready
            ? skip(ready.lacking)
            : await perform({ story, setting, directory, ledger, ...ready })
      const seconds = Math.round(spent + performance.now() - resumed) / 1000
      const result: ScenarioResult = { ...head(story, setting, seed), ...verdict, seconds }
      const failed = result.outcome === 'FAIL' || result.outcome === 'ERROR'
      const offered = failed ? await offer(machines, setting, directory, result) : result
      adopted = offered.enter !== undefined
      await letGo()
      if (failed || setting.keepArtifacts) return leaveArtifacts(directory, offered, machines?.guest)
      await clearAway(directory)
      return result
    },
    // Of a case that was never told nothing is left: its images hold nothing but what was put there.
    async [Symbol.asyncDispose]() {
      await letGo()
      if (!told) await clearAway(directory)
    },
  }
}

/** How long a guest that may be in a bad way gets for a file, on an idle machine with KVM. */
const PATIENCE_MS = 500

/** Offers the guest of a case that failed to who adopts such guests; the result then says how to get in, or why one can't. */
async function offer(
  machines: Machines | undefined,
  { adopt, signal }: Case,
  directory: string,
  result: ScenarioResult,
): Promise<ScenarioResult> {
  if (adopt === undefined) return result
  const guest = machines?.guest
  // QEMU ends with a kernel that panicked.
  if (machines === undefined || guest === undefined || result.crash?.kind === 'panic' || !guest.reopen())
    return { ...result, details: [...result.details, 'no guest is kept: there is none any more that could be entered'] }
  // One that says nothing any more may still have a shell.
  const limit = { ms: PATIENCE_MS * slowness(guest.accelerator), signal, doing: () => 'writing its shell’s profile' }
  await within(limit, () => writeProfile(guest, machines.host.containers)).catch(() => {})
  const enter = await adopt(guest, directory)
  return enter === undefined ? result : { ...result, enter }
}

function head(story: Scenario, setting: Case, seed: string | undefined) {
  return {
    scenario: story.name,
    title: story.title,
    kernel: setting.kernel.version,
    ...(setting.kernel.note === undefined ? {} : { kernelNote: setting.kernel.note }),
    repeat: repeatCommand(story, setting, seed),
    ...(seed === undefined ? {} : { seed }),
  }
}

type Ready = { readonly disks: readonly CaseDisk[]; readonly machines: Machines }

/** What a kernel lacks by its modules and configuration needs no guest to be found out. */
async function makeReadyOrSayWhyNot(
  story: Scenario,
  setting: Case,
  directory: string,
  ledger: Ledger,
): Promise<Ready | { readonly lacking: string }> {
  const lacking = await knownToBeMissing(story, setting.kernel)
  return lacking === undefined ? makeReady(story, setting, directory, ledger) : { lacking }
}

/** Makes the disks, in `directory`, and a guest that has them. */
export async function makeReady(story: Scenario, setting: Case, directory: string, ledger: Ledger): Promise<Ready> {
  await makeDirectory(directory)
  if ('native' in setting.kernel) requireNative()
  else await requireGuestDrivers(setting.kernel)
  const disks = await makeDisks(directory, story)
  const first = await openGuest(setting, disks, path.join(directory, 'console.log'))
  const alike = { ...setting, seed: first.seed }
  const open = (name: string) => openGuest(alike, disks, path.join(directory, `console-${name}.log`))
  return { disks, machines: new Machines(first, { disks, ledger, sabotage: setting.sabotage, open }) }
}

function openGuest(setting: Case, disks: readonly CaseDisk[], logFile: string): Promise<Guest> {
  const { kernel, accelerator, cache, progress, cold = false, seed } = setting
  const own = { kernel, accelerator, disks: disks.map(asGuestDisk), logFile, cold }
  return setting.open(seed === undefined ? own : { ...own, seed }, cache, progress)
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
