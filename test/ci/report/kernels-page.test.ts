import { expect, test } from 'vitest'
import { kernelsPageReporter } from '../../../ci/report/kernels-page.ts'
import { caseOf, eventsOf, everything, resultOf, verdictOf } from '../made-up-run.ts'
import { cutAtEvery, reported } from './collected.ts'

const command = ['matrix', '--reporter', 'kernels-page=docs/kernels.md']

test('the page has the grid, since when what passes, the exact kernels, and what the others say', () => {
  const verdicts = [
    verdictOf(caseOf('always', '5.10'), 'PASS'),
    verdictOf(caseOf('lately', '5.10', 'vfat'), 'SKIP'),
    verdictOf(caseOf('now-and-then', '5.10'), 'PASS'),
    verdictOf(caseOf('always', '6.1'), 'PASS'),
    verdictOf(caseOf('lately', '6.1', 'vfat'), 'PASS'),
    verdictOf(caseOf('now-and-then', '6.1'), 'ERROR'),
    verdictOf(caseOf('always'), 'PASS'),
    verdictOf(caseOf('lately', '6.12', 'vfat'), 'PASS'),
    verdictOf(caseOf('now-and-then'), 'PASS'),
  ]
  const page = reported(kernelsPageReporter, eventsOf(verdicts, { started: { command } }))
  expect(page).toBe(`# What the stories come to on each kernel

Written on 2026-11-22 by \`npx idmaplab matrix --reporter kernels-page=docs/kernels.md\`, idmaplab 0.1.0; not by hand.

|  | \`5.10\` | \`6.1\` | \`6.12\` |
| --- | --- | --- | --- |
| now-and-then (ext4) | PASS | **ERROR** | PASS |
| always (ext4) | PASS | PASS | PASS |
| lately (vfat) | SKIP | PASS | PASS |

## Since when a story passes

- now-and-then (ext4): on 5.10, 6.12
- always (ext4): on all of these
- lately (vfat): from 6.1 on

## The kernels

| \`--kernel\` | \`uname -r\` | package | to be known |
| --- | --- | --- | --- |
| \`5.10\` | \`5.10.0-32-cloud-amd64\` |  |  |
| \`6.1\` | \`6.1.0-50-cloud-amd64\` |  | \`6.1.170-1 stands in for 6.1.176-1, which is gone\` |
| \`6.12\` | \`6.12.107+deb13-cloud-amd64\` |  |  |

## Why the others do not

- \`SKIP FEATURE_MISSING this kernel has no idmapped mounts on ext4\`: 5.10 (lately)
- \`ERROR GUEST_HUNG The guest said nothing for 20 s.\`: 6.1 (now-and-then)
`)
})

test('a kernel that cannot be used is on the page with its reason, and its package where that is known', () => {
  const page = reported(kernelsPageReporter, [
    ...eventsOf([verdictOf(caseOf('a', '6.1'), 'ERROR')]).slice(0, 1),
    { type: 'kernel.ready', at: '', kernel: '6.1', version: '6.1.0-50', package: 'linux-image-6.1.0-50 6.1.176-1' },
    { type: 'kernel.unavailable', at: '', kernel: '7.4', code: 'PACKAGE_FETCH', reason: 'No route.', details: [] },
  ])
  expect(page).toContain('| `6.1` | `6.1.0-50` | `linux-image-6.1.0-50 6.1.176-1` |  |')
  expect(page).toContain('| `7.4` |  |  | `PACKAGE_FETCH: No route.` |')
})

test('cut off at any point it is a page that says it is incomplete', () => {
  const pages = cutAtEvery(kernelsPageReporter, eventsOf(everything))
  for (const page of pages.slice(0, -1)) expect(page).toContain('**Incomplete:** the run has not ended')
  expect(pages.at(-1)).not.toContain('Incomplete')
})

test('what a kernel or a story says cannot leave its cell', () => {
  const reason = 'a | b `c` <script>\n# d'
  const verdict = verdictOf(caseOf('a'), 'ERROR', { attempts: [resultOf(caseOf('a'), 'ERROR', { reason })] })
  const page = reported(kernelsPageReporter, eventsOf([verdict]))
  expect(page).toMatch(/^- `ERROR GUEST_HUNG a \\\| b 'c' <script>.*# d`: 6\.12 \(a\)$/m)
})
