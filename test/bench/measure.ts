/** The middle of some figures; of an even number, the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 50)
}

/** The figure below which `percent` of them are, between two figures by proportion. */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const place = ((sorted.length - 1) * percent) / 100
  const [low = Number.NaN, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return low + (high - low) * (place - Math.floor(place))
}

/** Milliseconds that each of several contenders takes, in turns, so that a slow moment of the machine is everybody's. */
export async function sideBySide<Name extends string>(
  contenders: Readonly<Record<Name, () => unknown>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const figures = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -1; round < rounds; round++)
    for (const name of names) {
      const start = performance.now()
      await contenders[name]()
      // The round before the first warms up.
      if (round >= 0) figures[name].push(performance.now() - start)
    }
  return figures
}

/** Rows as a table of aligned columns, the first one to the left. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length))) ?? []
  return rows
    .map(row =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n')
}
