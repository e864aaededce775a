import type { CaseId, CaseOutcome, RunEvent, Verdict } from '../../ci/events.ts'
import type { Outcome, ScenarioResult } from '../../scenarios/kit/result.ts'

const AT = '2026-11-22T20:00:00.000Z'
const same = (owner: string) => ({ expected: owner, found: owner })
const shift = { uid: [[0, 100_000, 65_536]], gid: [[0, 100_000, 65_536]] } as const

/** What each kernel calls itself. */
const VERSIONS: Readonly<Record<string, string>> = {
  '6.12': '6.12.107+deb13-cloud-amd64',
  '6.1': '6.1.0-50-cloud-amd64',
  '5.10': '5.10.0-32-cloud-amd64',
}

export const caseOf = (scenario: string, kernel = '6.12', fs = 'ext4'): CaseId => ({ scenario, kernel, fs })

/** A result as a guest could have given it, with two chapters. */
export function resultOf(id: CaseId, outcome: Outcome, more: Partial<ScenarioResult> = {}): ScenarioResult {
  const told = outcome === 'PASS' || outcome === 'FAIL'
  const container = outcome === 'FAIL' ? { expected: '0:0', found: '65534:65534' } : same('0:0')
  const trial = { actor: 'box root', operation: 'stat /a#1', maps: { containerToHost: shift }, at: 0.5 }
  return {
    scenario: id.scenario,
    title: 'Who owns the snow',
    outcome,
    ...CODES[outcome],
    details: [],
    kernel: VERSIONS[id.kernel] ?? id.kernel,
    accelerator: 'tcg',
    chapters: told ? ['One', 'Two'] : [],
    rows: told
      ? [
          { chapter: 'One', path: '/a#1', disk: same('0:0'), host: same('100000:100000'), container, outcome, trial },
          {
            chapter: 'Two',
            path: '/b',
            ...{ disk: same('1:1'), host: same('100001:100001'), container: same('1:1') },
            outcome: 'PASS',
          },
        ]
      : [],
    checks: told
      ? [{ chapter: 'Two', claim: 'box root is refused chown /b', expected: 'EPERM', found: 'EPERM', outcome: 'PASS' }]
      : [],
    seconds: 1.25,
    repeat: `npx idmaplab run ${id.scenario} --kernel ${id.kernel}`,
    ...(outcome === 'FAIL' || outcome === 'ERROR' ? { artifacts: `/logs/${id.scenario}` } : {}),
    ...more,
  }
}

const CODES = {
  PASS: {},
  FAIL: { code: 'EXPECTATION' },
  SKIP: { code: 'FEATURE_MISSING', reason: 'this kernel has no idmapped mounts on ext4' },
  ERROR: { code: 'GUEST_HUNG', reason: 'The guest said nothing for 20 s.' },
} as const

/** A verdict; a FLAKY one was told twice. */
export function verdictOf(id: CaseId, outcome: CaseOutcome, more: Partial<Verdict> = {}): Verdict {
  const attempts = outcome === 'FLAKY' ? [resultOf(id, 'FAIL'), resultOf(id, 'PASS')] : [resultOf(id, outcome)]
  return { case: id, round: 1, outcome, attempts, ...more }
}

type Started = Extract<RunEvent, { type: 'run.started' }>
type Ended = Extract<RunEvent, { type: 'run.ended' }>

/** All events of a run that came to these verdicts. */
export function eventsOf(
  verdicts: readonly Verdict[],
  { started = {}, ended = {} }: { started?: Partial<Started>; ended?: Partial<Ended> } = {},
): RunEvent[] {
  const kernels = [...new Set(verdicts.map(({ case: { kernel } }) => kernel))]
  const cases = verdicts.filter(({ round }) => round === 1).map(({ case: id }) => id)
  const rounds = Math.max(1, ...verdicts.map(({ round }) => round))
  const head = { version: '0.1.0', command: ['run', '--kernel', kernels.join(',')], kernels, cases, rounds }
  return [
    { type: 'run.started', at: AT, ...head, ...started },
    ...kernels.map(kernel => ({
      type: 'kernel.ready' as const,
      at: AT,
      kernel,
      version: VERSIONS[kernel] ?? kernel,
      ...(kernel === '6.1' ? { note: '6.1.170-1 stands in for 6.1.176-1, which is gone' } : {}),
    })),
    ...verdicts.flatMap(eventsOfCase),
    { type: 'run.ended', at: AT, notRun: [], exitCode: 1, ...ended },
  ]
}

function eventsOfCase(verdict: Verdict): RunEvent[] {
  const { case: id, round, attempts } = verdict
  return [
    ...attempts.flatMap((result, i): RunEvent[] => [
      { type: 'case.started', at: AT, case: id, round, attempt: i + 1 },
      { type: 'case.attempted', at: AT, case: id, round, attempt: i + 1, result },
    ]),
    { type: 'case.ended', at: AT, verdict },
  ]
}

/** One of everything that can become of a case, on two kernels, which end side by side. */
export const everything: readonly Verdict[] = [
  verdictOf(caseOf('passes'), 'PASS'),
  verdictOf(caseOf('fails', '6.1'), 'FAIL'),
  verdictOf(caseOf('fails'), 'FAIL'),
  verdictOf(caseOf('lacks', '6.1', 'vfat'), 'SKIP'),
  verdictOf(caseOf('lacks', '6.12', 'vfat'), 'SKIP'),
  verdictOf(caseOf('passes', '6.1'), 'PASS'),
  verdictOf(caseOf('hangs', '6.12', 'ext4+overlay'), 'ERROR'),
  verdictOf(caseOf('wavers'), 'FLAKY'),
]
