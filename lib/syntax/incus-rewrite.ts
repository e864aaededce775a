import { IdMap } from '../idmap/map.ts'
import type { IdMapPair } from '../idmap/pair.ts'
import type { Entry } from './dialect.ts'
import { indentOf, partsOf, type Section, sectionIn } from './incus-config.ts'
import { keepWritten } from './keep.ts'
import { linesOf, type Piece } from './scan.ts'

type ContainerMap = IdMapPair<'container', 'host'>

/** How entries are read and written, for the one who knows only where they stand. */
interface EntrySyntax {
  entriesOf(entry: Piece): readonly Entry[]
  textsFor(map: ContainerMap): readonly string[]
}

/**
 * Puts a map into `raw.idmap` of a YAML document, as the first key of `config:` if it is not there yet, or into a text of
 * nothing but entries. Lines that say what the map says stay as they are.
 */
export function rewriteIncus(document: string, map: ContainerMap, syntax: EntrySyntax): string {
  const lines = linesOf(document)
  const texts = document.split('\n')
  const section = sectionIn(lines)
  if (section?.isBlock) return withBlock(texts, section, map, syntax)
  if (section) return withInline(texts, section, map, syntax)
  const config = texts.findIndex(text => /^config:/.test(text))
  if (config === -1) return withLines(lines, texts, map, syntax)
  const indent = Math.max(indentOf(texts[config + 1] ?? ''), 2)
  return texts.toSpliced(config, 1, 'config:', ...settingOf(syntax.textsFor(map), indent)).join('\n')
}

function withBlock(texts: readonly string[], section: Section, map: ContainerMap, syntax: EntrySyntax): string {
  const { kept, added } = keepLines(section.value, map, syntax)
  const indent = indentOf(section.value.find(({ text }) => text.trim() !== '')?.text ?? '')
  const margin = ' '.repeat(indent || indentOf(texts[section.key] ?? '') + 2)
  const value = [...kept.map(({ line }) => texts[line - 1] ?? ''), ...added.map(text => `${margin}${text}`)]
  const isEmpty = value.every(text => text.trim() === '')
  if (isEmpty) return texts.toSpliced(section.key, section.value.length + 1).join('\n')
  return texts.toSpliced(section.key + 1, section.value.length, ...value).join('\n')
}

function withInline(texts: readonly string[], section: Section, map: ContainerMap, syntax: EntrySyntax): string {
  const parts = section.value.flatMap(partsOf)
  const { kept, added } = keepLines(parts, map, syntax)
  if (kept.length === parts.length && added.length === 0) return texts.join('\n')
  const value = [...kept.map(({ text }) => text), ...added]
  return texts.toSpliced(section.key, 1, ...settingOf(value, indentOf(texts[section.key] ?? ''))).join('\n')
}

function withLines(lines: readonly Piece[], texts: readonly string[], map: ContainerMap, syntax: EntrySyntax): string {
  const { kept, added } = keepLines(lines, map, syntax)
  const old = kept.map(({ line }) => texts[line - 1] ?? '')
  // The newline at the end of the last line is an empty line here.
  const last = old.at(-1) === '' ? old.slice(0, -1) : old
  return [...last, ...added, ''].join('\n')
}

/** The setting as YAML has it: one entry behind the key, several in a block, none not at all. */
function settingOf(entries: readonly string[], indent: number): string[] {
  const margin = ' '.repeat(indent)
  const [first, ...others] = entries
  if (first === undefined) return []
  if (others.length === 0) return [`${margin}raw.idmap: ${first}`]
  return [`${margin}raw.idmap: |-`, ...entries.map(entry => `${margin}  ${entry}`)]
}

/** The lines that stay, blank ones too, and the entries to add. */
function keepLines(lines: readonly Piece[], map: ContainerMap, syntax: EntrySyntax) {
  const written = lines.map(line => ({ line, entries: partsOf(line).flatMap(part => syntax.entriesOf(part)) }))
  const { kept, missing } = keepWritten(written, map)
  return {
    kept: written.filter(part => kept.has(part) || part.entries.length === 0).map(({ line }) => line),
    added: syntax.textsFor({ uid: IdMap.of(missing.uid), gid: IdMap.of(missing.gid) }),
  }
}
