const UNITS = ['', 'K', 'M', 'G', 'T'] as const

/** Bytes from `500M`, `20G`, `1.5GiB`, `4096`: K, M, G and T are thousands, Ki, Mi, Gi and Ti 1024s; `undefined` for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit = '', binary] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?$/i.exec(text.trim()) ?? []
  if (number === undefined || (binary && unit === '')) return undefined
  const power = (UNITS as readonly string[]).indexOf(unit.toUpperCase())
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** power)
}

/** `132 MB`, `1.4 GB`: in thousands, two digits at least. */
export function showBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const value = bytes / 1000 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power] === 'K' ? 'k' : UNITS[power]}B`
}
