import { readFile } from 'node:fs/promises'
import type { Cache } from '../cache/cache.ts'
import { keepNewest } from '../cache/evict.ts'
import { fingerprint } from '../cache/fingerprint.ts'
import type { Progress } from '../progress.ts'
import { qemuArguments } from '../qemu/argv.ts'
import { qemuBuild } from '../qemu/process.ts'
import { FROZEN_FILES, freezeBooted, freezeWithAgent, frozenIn, machineToFreeze, type Recipe } from './freezing.ts'
import type { GuestSpec } from './guest.ts'
import type { Ingredients } from './ingredients.ts'
import type { Snapshot } from './restore.ts'

type Context = { readonly cache: Cache; readonly progress: Progress }

/**
 * The snapshot of a guest of these ingredients, with its agent in it and room for the case's disks. There are two: a guest that
 * was booted and waits for its agent; and, made from that one whenever the agent changes, which takes no boot, one that waits for its case.
 * What there is none of is made. Rejects with CannotFreeze where none can be made, with the boot's own HarnessError
 * where the guest does not come up.
 */
export async function goldenSnapshot(ingredients: Ingredients, spec: GuestSpec, context: Context): Promise<Snapshot> {
  const slots = Math.max(1, Math.ceil(spec.disks.length / SLOTS)) * SLOTS
  const recipe = { ingredients, slots, spec: { ...spec, disks: [] } }
  const booted = await keyOf(ingredients, slots)
  const withAgent: Entry = { ...recipe, kind: 'snapshots', key: `${booted}-${fingerprint(ingredients.agent)}` }
  const there = await find(withAgent, context)
  if (there !== undefined) return there
  const waiting: Entry = { ...recipe, kind: 'booted', key: booted }
  const from =
    (await find(waiting, context)) ??
    (await make(waiting, context, { step: 'boot and freeze', work: dir => freezeBooted(recipe, dir) }))
  const made = await make(withAgent, context, {
    step: 'send the agent into',
    work: dir => freezeWithAgent(from, recipe, dir),
  })
  await keepNewest(context.cache.dir, withAgent.kind, key => key.startsWith(`${booted}-`), AGENTS)
  return made
}

/** A case's disks fit into so many slots, or twice as many, …: each slot costs the boot that is frozen some time. */
const SLOTS = 4
/** Of one kernel, snapshots with so many agents stay: who goes to and fro between two checkouts has both. */
const AGENTS = 2
/** What a booted guest has written to of its memory, before the holes are dug. */
const SNAPSHOT_BYTES = 400e6

type Entry = Recipe & { readonly kind: 'booted' | 'snapshots'; readonly key: string }
type Making = { readonly step: string; work(dir: string): Promise<void> }

async function find({ slots, kind, key }: Entry, { cache, progress }: Context): Promise<Snapshot | undefined> {
  const dir = await cache.find(kind, key, checked(progress))
  return dir === undefined ? undefined : frozenIn(dir, slots)
}

async function make(entry: Entry, { cache, progress }: Context, { step, work }: Making): Promise<Snapshot> {
  const { ingredients, slots, kind, key } = entry
  const title = `Linux ${ingredients.kernel.version} (${ingredients.accelerator})`
  const about = { what: WHAT[kind](title), bytes: SNAPSHOT_BYTES, ...checked(progress) }
  const dir = await progress.step(`${step} ${title}`, say => cache.entry(kind, key, work, { ...about, say }))
  return frozenIn(dir, slots)
}

const WHAT: Readonly<Record<Entry['kind'], (title: string) => string>> = {
  booted: title => `a booted guest of ${title}`,
  snapshots: title => `the snapshot of ${title}`,
}

function checked(progress: Progress) {
  return { check: FROZEN_FILES, note: (line: string) => progress.note(line) }
}

// Paths stand for what lies there: its hash is a part of the key in their place.
async function keyOf(ingredients: Ingredients, slots: number): Promise<string> {
  const { kernel, root, initramfs, accelerator } = ingredients
  const nowhere = {
    ...ingredients,
    kernel: { ...kernel, image: '' },
    initramfs: { ...initramfs, path: '' },
    root: { ...root, image: '' },
  }
  const machine = qemuArguments(machineToFreeze(nowhere, slots, ''))
  const processor = accelerator === 'kvm' ? await ownProcessor() : ''
  return fingerprint(RECIPE, kernel.id, root.id, initramfs.id, await qemuBuild(), processor, ...machine)
}

/** Raise when a snapshot is made in another way. */
const RECIPE = '2'

// Under KVM the guest has seen it; a cache may be shared by machines.
async function ownProcessor(): Promise<string> {
  const [first = ''] = (await readFile('/proc/cpuinfo', 'utf8')).split('\n\n')
  return /^model name.*$/m.exec(first)?.[0] + (/^flags.*$/m.exec(first)?.[0] ?? '')
}
