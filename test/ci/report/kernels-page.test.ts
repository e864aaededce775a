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

test('what was tried stands beside what the tables say, agreeing or correcting them', () => {
  const need = { need: 'idmapped mounts on vfat', table: 'since 5.12', source: 'a commit' }
  const tried = (kernel: string, more: object) =>
    verdictOf(caseOf('a', kernel), 'PASS', {
      attempts: [resultOf(caseOf('a', kernel), 'PASS', { needs: [{ ...need, found: true, ...more }] })],
    })
  const verdicts = [
    tried('5.10', { standing: 'earlier' }),
    tried('6.1', { found: false, why: 'EINVAL', standing: 'missing' }),
    tried('6.12', { standing: 'agrees' }),
  ]
  const page = reported(kernelsPageReporter, eventsOf(verdicts))
  expect(page).toContain(
    '| idmapped mounts on vfat | yes | no | yes | since 5.12 (a commit) | **5.10 has it earlier, 6.1 has it not** |',
  )
  expect(reported(kernelsPageReporter, eventsOf(verdicts.slice(2)))).toContain('| since 5.12 (a commit) | agrees |')
})

test('a known bug is shown where it is, and where that is a surprise', () => {
  const known = { what: 'a hole', since: '6.15', fixed: ['6.16.4'], link: 'https://example.org/1' }
  const looked = (kernel: string, bug: { expected: 'present' | 'absent'; seen: boolean; upstream: string }) =>
    verdictOf(caseOf('a', kernel), 'PASS', {
      attempts: [resultOf(caseOf('a', kernel), 'PASS', { bug: { ...known, ...bug } })],
    })
  const page = reported(
    kernelsPageReporter,
    eventsOf([
      looked('6.1', { expected: 'absent', seen: false, upstream: '6.1.170' }),
      looked('6.16', { expected: 'present', seen: true, upstream: '6.16.3' }),
      looked('6.17', { expected: 'absent', seen: true, upstream: '6.17.1' }),
    ]),
  )
  expect(page).toContain(
    '| `a hole` | not there (6.1.170) | shows (6.16.3) | **shows (6.17.1), against what is known** | since 6.15, until 6.16.4: <https://example.org/1> |',
  )
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

test('nor can a name, a need or a bug of a report that some machine wrote', () => {
  const evil = 'a | <img src=x>\n# `d'
  const id = caseOf(evil, evil)
  const bug = { what: evil, since: evil, fixed: [evil], link: `https://example.org/${evil}`, upstream: evil }
  const needs = [{ need: evil, found: true, table: evil, source: evil, standing: 'earlier' as const }]
  const told = { bug: { ...bug, seen: true, expected: 'present' as const }, needs }
  const other = verdictOf(caseOf(evil), 'FAIL', { attempts: [resultOf(caseOf(evil), 'FAIL', told)] })
  const page = reported(
    kernelsPageReporter,
    eventsOf([verdictOf(id, 'PASS', { attempts: [resultOf(id, 'PASS', told)] }), other]),
  )
  // What is between backticks is code, of which nothing is obeyed.
  const obeyed = page.replaceAll(/`[^`\n]*`/g, '')
  expect(obeyed).not.toContain('<img')
  expect(obeyed).not.toMatch(/^# `?d/m)
  const tables = page
    .trimEnd()
    .split('\n\n')
    .filter(part => part.startsWith('|'))
    .map(part => part.split('\n'))
  const columns = (line = '') => line.split(/(?<!\\)\|/).length
  for (const lines of tables) expect(new Set(lines.map(columns)).size).toBe(1)
  expect(tables.length).toBe(4)
})
