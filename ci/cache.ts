import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { parseBytes, showBytes } from '../vm/cache/bytes.ts'
import { openCache } from '../vm/cache/cache.ts'
import { contents, type Kept } from '../vm/cache/contents.ts'
import { prune, remove } from '../vm/cache/evict.ts'
import { UsageError } from './usage-error.ts'

type Json = { readonly json?: boolean }

/** `idmaplab cache ls`: what is kept, what for, how large, and who uses it. */
export async function cacheList({ json }: Json): Promise<number> {
  const { dir } = await openCache()
  const kept = await contents(dir)
  const bytes = total(kept)
  if (json) print(JSON.stringify({ dir, bytes, entries: kept }, null, 2))
  else print([...table(kept), `${showBytes(bytes)} in ${dir}`].join('\n'))
  return ExitCode.pass
}

/** `idmaplab cache rm KIND[/KEY]…`: all of a kind, or one. What is in use stays, which is exit code 2. */
export async function cacheRemove(names: readonly string[], { json, all }: Json & { all?: boolean }): Promise<number> {
  if ((names.length === 0) === !all)
    throw new UsageError('Say what to remove: KIND, KIND/KEY (see cache ls), or --all.')
  const { dir } = await openCache()
  const kept = await contents(dir)
  const chosen = all ? kept : [...new Set(names.flatMap(name => named(name, kept)))]
  const removed: Kept[] = []
  const inUse: Kept[] = []
  for (const one of chosen) {
    const usedBy = await remove(dir, one)
    if (usedBy.length === 0) removed.push(one)
    else inUse.push({ ...one, usedBy })
  }
  return report(json, { removed, inUse, bytes: total(kept) - total(removed) })
}

/** `idmaplab cache prune --max-size 20G`: what was used longest ago goes until the rest fits; exit code 2 when it cannot. */
export async function cachePrune({ maxSize, json }: Json & { maxSize: string }): Promise<number> {
  const limit = parseBytes(maxSize)
  if (limit === undefined)
    throw new UsageError(`--max-size ${JSON.stringify(maxSize)} is no size: expected one like 500M or 20G.`)
  if (limit === 0)
    throw new UsageError(
      `--max-size ${maxSize} would remove all there is: idmaplab cache rm --all does, if that is meant.`,
    )
  const { dir } = await openCache()
  const { removed, kept, bytes } = await prune(dir, limit)
  return report(json, { removed, inUse: bytes > limit ? kept.filter(({ usedBy }) => usedBy.length > 0) : [], bytes })
}

type Change = { readonly removed: readonly Kept[]; readonly inUse: readonly Kept[]; readonly bytes: number }

function report(json: boolean | undefined, { removed, inUse, bytes }: Change): number {
  if (json) print(JSON.stringify({ removed, inUse, bytes }, null, 2))
  else {
    for (const { kind, key, bytes: freed } of removed) print(`removed  ${kind}/${key}  ${showBytes(freed)}`)
    for (const { kind, key, usedBy } of inUse) print(`in use   ${kind}/${key}  by ${usedBy.join(', ')}`)
    print(`${showBytes(total(removed))} freed, ${showBytes(bytes)} left`)
  }
  return inUse.length === 0 ? ExitCode.pass : ExitCode.error
}

function named(name: string, kept: readonly Kept[]): Kept[] {
  const found = kept.filter(({ kind, key }) => name === kind || name === `${kind}/${key}`)
  if (found.length > 0) return found
  throw new UsageError(`${whatIsWrong(name, kept)} (idmaplab cache ls).`)
}

function whatIsWrong(name: string, kept: readonly Kept[]): string {
  const byKey = kept.find(({ key }) => key === name)
  if (byKey !== undefined) return `Say ${byKey.kind}/${name}: a key stands behind its kind`
  if (name.includes('/')) return `The cache has no ${JSON.stringify(name)}`
  const kinds = [...new Set(kept.map(({ kind }) => kind))].sort()
  return `${JSON.stringify(name)} is no kind of what the cache has, which is: ${kinds.join(', ') || 'nothing at all'}`
}

function table(kept: readonly Kept[]): string[] {
  if (kept.length === 0) return []
  const header = `${'SIZE'.padStart(7)}  ${'LAST USED (UTC)'.padEnd(16)}  ${'KIND/KEY'.padEnd(54)}  WHAT`
  const rows = kept.map(({ kind, key, what, bytes, lastUsed, usedBy }) => {
    const user = usedBy.length === 0 ? '' : `  in use by ${usedBy.join(', ')}`
    const when = lastUsed.toISOString().slice(0, 16).replace('T', ' ')
    return `${showBytes(bytes).padStart(7)}  ${when}  ${`${kind}/${key}`.padEnd(54)}  ${what}${user}`.trimEnd()
  })
  return [header, ...rows]
}

function total(kept: readonly Kept[]): number {
  return kept.reduce((sum, { bytes }) => sum + bytes, 0)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
