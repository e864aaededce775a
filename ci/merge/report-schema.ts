import * as v from 'valibot'
import { CRASH_KINDS } from '../../vm/qemu/crash.ts'
import { JSON_FORMAT } from '../report/json.ts'

const text = v.string()
const texts = v.pipe(v.array(text), v.readonly())
const outcome = v.picklist(['PASS', 'FAIL', 'SKIP', 'ERROR'])
const caseOutcome = v.picklist(['PASS', 'FAIL', 'SKIP', 'ERROR', 'FLAKY'])
const found = v.picklist(['PASS', 'FAIL'])
const number = v.pipe(
  v.number(),
  v.check(count => Number.isInteger(count) && count >= 0, 'a whole number from 0 on'),
)

const caseId = v.object({ scenario: text, kernel: text, fs: text })
const cases = v.pipe(v.array(caseId), v.readonly())

const map = v.pipe(v.array(v.pipe(v.tuple([v.number(), v.number(), v.number()]), v.readonly())), v.readonly())
const pair = v.object({ uid: map, gid: map })
const trial = {
  actor: v.exactOptional(text),
  operation: v.exactOptional(text),
  maps: v.exactOptional(v.object({ containerToHost: v.exactOptional(pair), diskToHost: v.exactOptional(pair) })),
  at: v.exactOptional(v.number()),
}

const row = v.object({
  ...{ chapter: text, path: text, disk: text, host: text, container: text, outcome: found },
  expected: v.object({ disk: text, host: text, container: text }),
  ...trial,
})

const check = v.object({
  ...{ chapter: text, claim: text, expected: text, found: text, outcome: found },
  symptom: v.exactOptional(v.picklist(['shown', 'absent', 'neither'])),
  ...trial,
})

const bug = v.object({
  ...{ what: text, since: text, fixed: texts, link: text, seen: v.boolean() },
  expected: v.picklist(['present', 'absent', 'either', 'unknown']),
  upstream: v.exactOptional(text),
})

const need = v.object({
  ...{ need: text, found: v.boolean() },
  why: v.exactOptional(text),
  table: v.exactOptional(text),
  source: v.exactOptional(text),
  standing: v.exactOptional(v.picklist(['agrees', 'earlier', 'missing'])),
})

const result = v.object({
  ...{ scenario: text, title: text, outcome, details: texts, kernel: text, seconds: v.number(), repeat: text },
  code: v.exactOptional(text),
  reason: v.exactOptional(text),
  crash: v.exactOptional(v.object({ kind: v.picklist(CRASH_KINDS), trace: texts })),
  bug: v.exactOptional(bug),
  needs: v.exactOptional(v.pipe(v.array(need), v.readonly())),
  kernelNote: v.exactOptional(text),
  accelerator: v.exactOptional(text),
  seed: v.exactOptional(text),
  artifacts: v.exactOptional(text),
  // What was written before there were any has them in its rows and checks only.
  chapters: v.exactOptional(texts, []),
  rows: v.array(row),
  checks: v.array(check),
  ...{ fs: text, asked: text, round: number, attempt: number },
})

const verdict = v.object({
  case: caseId,
  round: number,
  outcome: caseOutcome,
  attempts: number,
  earlier: v.exactOptional(text),
  standing: v.exactOptional(v.picklist(['expected', 'new', 'fixed', 'unknown'])),
  expectation: v.exactOptional(v.object({ outcome: caseOutcome, reason: text, link: v.exactOptional(text) })),
})

const kernel = v.object({
  name: text,
  version: v.exactOptional(text),
  package: v.exactOptional(text),
  note: v.exactOptional(text),
  unavailable: v.exactOptional(v.object({ code: text, reason: text, details: texts })),
})

/** What `merge` reads of a JSON report; whatever else is in it is left out. */
export const reportSchema = v.object({
  format: v.literal(JSON_FORMAT),
  incomplete: v.exactOptional(text),
  idmaplab: text,
  started: text,
  ended: v.exactOptional(text),
  cut: v.exactOptional(v.picklist(['interrupted', 'lost', 'fail-fast', 'max-failures'])),
  shard: v.exactOptional(v.object({ index: number, of: number, whole: cases })),
  heldTo: v.exactOptional(v.object({ file: text, id: text, mode: v.picklist(['usual', 'strict', 'update']) })),
  kernels: v.array(kernel),
  plan: cases,
  rounds: v.exactOptional(v.unknown()),
  verdicts: v.array(verdict),
  results: v.array(result),
})

export type WrittenReport = v.InferOutput<typeof reportSchema>
export type WrittenResult = WrittenReport['results'][number]
