import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { openCache } from '../vm/cache/cache.ts'
import { OPTIONS } from '../vm/kernel/configuration.ts'
import { hostKernel } from '../vm/kernel/host.ts'
import { type KnownKernel, listKernels } from '../vm/kernel/inventory.ts'

/** Shows the kernels a run can be asked for by name and those in the cache; gives the exit code. */
export async function kernels(options: { readonly json?: boolean }): Promise<number> {
  const known = await listKernels(await openCache())
  process.stdout.write(options.json ? `${JSON.stringify(known, null, 2)}\n` : renderKernels(known))
  if (!options.json) process.stdout.write(`\nhost is this machine's own, Linux ${(await hostKernel()).version}.\n`)
  return ExitCode.pass
}

/** A line for each kernel, and a table of what the configurations of the cached ones have. */
export function renderKernels(known: readonly KnownKernel[]): string {
  const rows = known.map(kernel => [kernel.name, kernel.suites.join(', '), state(kernel)])
  const lines = align(rows).map((line, i) => `${line}${note(known[i])}`)
  const configured = known.filter(({ config }) => config !== undefined)
  if (configured.length === 0) return `${lines.join('\n')}\n`
  const columns = configured.map(({ name, version = name }) => version.replace(/(\+deb[\d.]+)?(-cloud)?(-amd64)?$/, ''))
  const table = [
    ['', ...columns],
    ...OPTIONS.map(option => [option, ...configured.map(({ config }) => config?.[option] ?? '-')]),
  ]
  const legend = 'What their configurations have: y built in, m a module, - neither.'
  return `${[...lines, '', legend, ...align(table)].join('\n')}\n`
}

function state({ cached, version = '', bytes = 0, default: taken, matrix }: KnownKernel): string {
  const what = cached ? `${version}, ${Math.round(bytes / 1e6)} MB in the cache` : 'fetched when first used'
  const use = [...(taken ? ['default'] : []), ...(matrix ? ['usual'] : [])].join(', ')
  return use === '' ? what : `${what}  (${use})`
}

function note(kernel: KnownKernel | undefined): string {
  return kernel?.note === undefined ? '' : `\n    ${kernel.note}`
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), [])
  return rows.map(row =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
