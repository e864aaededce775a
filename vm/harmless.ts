/**
 * What a guest, a tool or a package wrote, fit to be shown: a terminal must not obey it. Control characters (C0 but tab and
 * newline, DEL, C1) and those that reorder text (Unicode bidirectional controls) are written out.
 */
export function harmless(text: string): string {
  return text.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** The same in one line: a line of its own could pass for one of ours. */
export function harmlessLine(text: string): string {
  return harmless(text).replaceAll('\n', '\\n')
}
