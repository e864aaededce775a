import fs from 'node:fs'
import * as v from 'valibot'

/** What was found out about something, `about` in words; it counts only as long as that is the same. */
export function readVerdict<T extends v.GenericSchema>(
  file: string,
  about: string,
  shape: T,
): v.InferOutput<T> | undefined {
  try {
    const verdict = v.parse(v.object({ about: v.string(), found: shape }), JSON.parse(fs.readFileSync(file, 'utf8')))
    return verdict.about === about ? verdict.found : undefined
  } catch {
    return undefined
  }
}

/** Replaces the file whole. */
export function writeVerdict(file: string, about: string, found: unknown): void {
  const temporary = `${file}.${process.pid}`
  try {
    fs.writeFileSync(temporary, `${JSON.stringify({ about, found })}\n`)
    fs.renameSync(temporary, file)
  } catch {
    // It is found out again next time; a full disk must not cost the guest that has just come up.
  }
}
