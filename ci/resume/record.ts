import { appendFile, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cache } from '../../vm/cache/cache.ts'
import { makeDirectory } from '../../vm/cache/make-directory.ts'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import { isWhole } from '../engine/attempts.ts'
import type { CaseId, Verdict } from '../events.ts'
import { keyOf } from '../plan/case-id.ts'
import { machineOf } from './machine.ts'

/** What a run has told so far, so that another can go on after it was cut short. */
export type RunRecord = {
  /** What an earlier run found out about this case on this very kernel; `undefined` when it did not get there. */
  earlier(kernel: Kernel | HostKernel, id: CaseId, round: number): Verdict | undefined
  /** Writes a verdict down. An ERROR says nothing about the kernel, so such a case is told again, and so is one that was interrupted. */
  add(kernel: Kernel | HostKernel, verdict: Verdict): Promise<void>
  /** All is told: the next run begins from nothing. */
  finish(): Promise<void>
}

/** Remembers nothing. */
export const noRecord: RunRecord = { earlier: () => undefined, add: async () => {}, finish: async () => {} }

/** `machine` is as `machineOf` has it. */
type Line = {
  readonly at: string
  readonly kernel: string
  readonly machine: string | undefined
  readonly verdict: Verdict
}

/**
 * The record of runs with the same `key`: a file in the cache with a verdict a line, so that whatever ends a run leaves what was told
 * before. `fresh` forgets what is there; what was told with another QEMU or root image counts for nothing.
 */
export async function openRecord(
  cache: Cache,
  key: string,
  fresh: boolean,
  machine = () => machineOf(cache),
): Promise<RunRecord> {
  const name = `${key}.jsonl`
  const file = join(cache.dir, KIND, name)
  cache.use(KIND, name)
  await makeDirectory(join(cache.dir, KIND))
  if (fresh) await rm(file, { force: true })
  const now = await machine()
  const ours = (await readLines(file)).filter(line => now !== undefined && line.machine === now)
  const told = new Map(ours.map(line => [placeOf(line.kernel, line.verdict.case, line.verdict.round), line]))
  return {
    earlier(kernel, id, round) {
      const line = told.get(placeOf(kernel.id, id, round))
      return line === undefined ? undefined : { ...line.verdict, earlier: line.verdict.earlier ?? line.at }
    },
    async add(kernel, { standing: _standing, expectation: _expectation, ...verdict }) {
      if (verdict.outcome === 'ERROR' || verdict.earlier !== undefined || !verdict.attempts.every(isWhole)) return
      const line: Line = {
        at: new Date().toISOString(),
        kernel: kernel.id,
        machine: await machine(),
        verdict,
      }
      // With a line's end in front too: what a killed run left half written must not spoil it.
      await appendFile(file, `\n${JSON.stringify(line)}\n`)
    },
    finish: () => rm(file, { force: true }),
  }
}

/** Where in the cache. */
const KIND = 'runs'

function placeOf(kernel: string, id: CaseId, round: number): string {
  return `${kernel} ${round} ${keyOf(id)}`
}

async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').flatMap(line => {
    const read = parse(line)
    return read === undefined ? [] : [read]
  })
}

/** `undefined` for what is empty or was not written to its end. */
function parse(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line
  } catch {
    return undefined
  }
}
