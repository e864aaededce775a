import type { Reporter, Verdict } from '../events.ts'
import { lastAttempt } from '../verdict.ts'
import { documentReporter } from './document.ts'
import { type Grid, gridOf } from './grid.ts'
import { foundByTrying, knownBugs } from './kernels-page-findings.ts'
import { code, markdownTable, plain } from './markdown.ts'
import type { DocumentOutput } from './output.ts'
import type { KernelRecord, RunSoFar } from './run-so-far.ts'

/** A page to keep: since which kernel what works, and what the others say instead. */
export function kernelsPageReporter(output: DocumentOutput): Reporter {
  return documentReporter(output, kernelsPage)
}

function kernelsPage(run: RunSoFar): string {
  const grid = gridOf(run)
  const parts = [
    '# What the stories come to on each kernel',
    origin(run),
    ...(run.incomplete === undefined ? [] : [`**Incomplete:** ${run.incomplete}.`]),
    markdownTable(['', ...grid.kernels.map(name => code(name))], gridRows(grid)),
    ...sinceWhen(grid),
    '## The kernels',
    markdownTable(['`--kernel`', '`uname -r`', 'package', 'to be known'], run.kernels.map(kernelRow)),
    ...whyNot(run),
    ...foundByTrying(run),
    ...knownBugs(run),
  ]
  return `${parts.join('\n\n')}\n`
}

function origin({ started }: RunSoFar): string {
  const day = started?.at.slice(0, 10) ?? ''
  const command = ['npx', 'idmaplab', ...(started?.command ?? [])].join(' ')
  return `Written on ${day} by ${code(command)}, idmaplab ${started?.version ?? ''}; not by hand.`
}

function gridRows({ rows }: Grid): string[][] {
  return rows.map(({ name, cells }) => [
    plain(name),
    ...cells.map(({ text, failing }) => (failing ? `**${text}**` : text)),
  ])
}

/** For kernels that were named from old to new, as they are where none is named. */
function sinceWhen({ kernels, rows }: Grid): string[] {
  if (kernels.length < 2) return []
  const lines = rows.map(({ name, cells }) => {
    const passes = kernels.filter((_, i) => cells[i]?.outcome === 'PASS')
    return `- ${plain(name)}: ${passes.length === 0 ? 'on none of these' : onWhich(passes, kernels)}`
  })
  return ['## Since when a story passes', lines.join('\n')]
}

function onWhich(passes: readonly string[], kernels: readonly string[]): string {
  const [first = ''] = passes
  const from = kernels.indexOf(first)
  if (passes.length === kernels.length) return 'on all of these'
  if (passes.length === kernels.length - from) return `from ${plain(first)} on`
  return `on ${passes.map(plain).join(', ')}`
}

function kernelRow({ name, version, package: from, note, unavailable }: KernelRecord): string[] {
  const known = unavailable === undefined ? (note ?? '') : `${unavailable.code}: ${unavailable.reason}`
  return [name, version ?? '', from ?? '', known].map(code)
}

/** What was said of everything that is no PASS, the same said once. */
function whyNot(run: RunSoFar): string[] {
  const said = new Map<string, Verdict[]>()
  for (const verdict of run.verdicts) {
    if (verdict.outcome === 'PASS') continue
    const { code: kind = '', reason = '' } = lastAttempt(verdict) ?? {}
    const sentence = [verdict.outcome, kind, reason].filter(part => part !== '').join(' ')
    said.set(sentence, [...(said.get(sentence) ?? []), verdict])
  }
  if (said.size === 0) return []
  const lines = [...said].map(([sentence, verdicts]) => `- ${code(sentence)}: ${places(verdicts)}`)
  return ['## Why the others do not', lines.join('\n')]
}

/** `5.10 (ext4-shared-directory, vfat-usb-stick); 6.1 (…)`. */
function places(verdicts: readonly Verdict[]): string {
  const kernels = [...new Set(verdicts.map(verdict => verdict.case.kernel))]
  const on = (kernel: string) => verdicts.filter(verdict => verdict.case.kernel === kernel)
  return kernels
    .map(kernel => `${kernel} (${[...new Set(on(kernel).map(({ case: { scenario } }) => scenario))].join(', ')})`)
    .map(plain)
    .join('; ')
}
