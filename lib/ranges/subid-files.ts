import fs from 'node:fs'
import path from 'node:path'
import { reasonOf } from '../file-trouble.ts'
import type { IdRange } from '../idmap/extent.ts'
import { addSubids, parseSubids, rewriteSubids } from '../syntax/subid.ts'
import { RangesError } from './error.ts'
import { readText } from './read-text.ts'
import { replaceFile } from './replace-file.ts'
import { withShadowLock } from './shadow-lock.ts'

const FILES = ['etc/subuid', 'etc/subgid'] as const

/** Runs `work` while neither useradd(8) nor another idmaplab changes the files of subuid(5) and subgid(5) below a root directory. */
export async function withSubidLocks<T>(root: string, work: () => T | Promise<T>): Promise<T> {
  const [subuid, subgid] = FILES.map(file => path.join(root, file)) as [string, string]
  return withShadowLock(subuid, () => withShadowLock(subgid, work))
}

/** Adds to both files what an owner still lacks of the ranges. The caller has the locks. */
export function delegate(root: string, owner: string, ranges: readonly IdRange[]): void {
  change(root, text => ranges.reduce((document, range) => addSubids(document, { owner, ...range }), text))
}

/**
 * Takes the lines `owner:from:count` of the ranges out of both files. The caller has the locks. Gives the ranges for which a
 * file has no such line, as when somebody joined two lines: that owner may have them still.
 */
export function undelegate(root: string, owner: string, ranges: readonly IdRange[]): readonly IdRange[] {
  const missing = new Set<IdRange>()
  change(root, text => {
    const lines = parseSubids(text)
    const isLineOf = (range: IdRange) => (line: IdRange & { owner: string }) =>
      line.owner === owner && line.from === range.from && line.count === range.count
    for (const range of ranges) if (!lines.some(isLineOf(range))) missing.add(range)
    return rewriteSubids(
      text,
      lines.filter(line => !ranges.some(range => isLineOf(range)(line))),
    )
  })
  return [...missing]
}

function change(root: string, edit: (text: string) => string): void {
  for (const name of FILES) {
    const file = path.join(root, name)
    try {
      const text = readText(file) ?? ''
      const edited = edit(text)
      if (edited !== text) rewrite(file, edited)
    } catch (error) {
      throw new RangesError('SUBIDS_UNUSABLE', `${file} can't be changed: ${whyNot(error)}.`, { cause: error })
    }
  }
}

/** shadow's names: `FILE+` becomes the file, `FILE-` is the one before. */
function rewrite(file: string, text: string): void {
  const like = fs.statSync(file, { throwIfNoEntry: false })
  if (like) replaceFile(`${file}-`, fs.readFileSync(file, 'utf8'), { temporary: `${file}-+`, like })
  replaceFile(file, text, { temporary: `${file}+`, like })
}

function whyNot(error: unknown): string {
  return error instanceof Error && 'errno' in error ? reasonOf(error) : String((error as Error).message)
}
