import { requireBothHalves } from '../lib/idmap/mount-check.ts'
import type { MapOf } from '../lib/syntax/dialect.ts'
import { choose, mapOf } from './map/choice.ts'
import { readInput } from './map/input.ts'

/** The map of a mount (disk → host) as an argument gives it: a text in any dialect that has such maps, `@FILE`, or `-`. One without uids or gids is refused. */
export async function readMapOption(
  argument: string,
  { what, dialect, option }: { readonly what: string; readonly dialect?: string | undefined; readonly option: string },
): Promise<MapOf<'mount'>> {
  const map = mapOf(choose('mount', await readInput(argument, what), dialect, option))
  requireBothHalves(map)
  return map
}
