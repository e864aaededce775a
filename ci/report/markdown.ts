import { harmlessLine } from '../../vm/harmless.ts'

/** A table of cells that are Markdown already. */
export function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, heading.map(() => '---'), ...rows]
  return lines.map(line => `| ${line.join(' | ')} |`).join('\n')
}

/** A text as it is, for people to copy, whatever is in it; nothing at all for an empty one. */
export function code(text: string): string {
  return text === '' ? '' : `\`${harmlessLine(text).replaceAll('`', "'").replaceAll('|', String.raw`\|`)}\``
}

/** A text as it stands, in one line: every character that could begin something is written as an entity. */
export function plain(text: string): string {
  return harmlessLine(text).replace(/[&<>|`*_[\]\\~#!@]/g, character => `&#${character.charCodeAt(0)};`)
}
