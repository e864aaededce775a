import type { Actor } from './actor.ts'
import type { Ledger } from './ledger.ts'
import { foundOnDisk, type Layer } from './places.ts'

/** Who looks at which path, and where that lies. */
type Look = {
  readonly actor: Actor
  readonly ledger: Ledger
  readonly path: string
  readonly layers: readonly Layer[]
}

/** What stat(2) shows where there is no id: the overflow uid and gid. */
const OVERFLOW = 65534

/**
 * Four claims: stat(2) tells the actor `owner`; `inspect` says the actor is told just that; it says it in these sentences;
 * and what it says of the disk is on the raw image.
 */
export function checkInspection(
  { actor, ledger, path, layers }: Look,
  owner: string,
  sentences: string,
): Promise<void> {
  const who = { actor: actor.name, path }
  const inspect = { ...who, operation: `inspect ${path}` }
  return ledger.during(async () => {
    ledger.check(`${actor.name}: stat ${path}`, owner, await actor.told(path), { ...who, operation: `stat ${path}` })
    const { owner: said, sentences: found } = await actor.inspect(path)
    ledger.check(`${actor.name}: the owner of ${path} as inspect sees it`, owner, inWords(said.seen), inspect)
    for (const [expected, line] of sideBySide(
      linesOf(sentences),
      found.map(sentence => sentence.trim()),
    ))
      ledger.check(`${actor.name}: inspect ${path}`, expected, line, inspect)
    ledger.checkLater(`the owner of ${path} on the raw image`, inWords(said.disk), async () =>
      (await foundOnDisk(layers)).replace(/^.* /, ''),
    )
  })
}

function inWords({ uid, gid }: { readonly uid: number | null; readonly gid: number | null }): string {
  return `${uid ?? OVERFLOW}:${gid ?? OVERFLOW}`
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}

function sideBySide(expected: readonly string[], found: readonly string[]): [string, string][] {
  const NOTHING = 'nothing more'
  const longer = Math.max(expected.length, found.length)
  return Array.from({ length: longer }, (_, i) => [expected[i] ?? NOTHING, found[i] ?? NOTHING])
}
