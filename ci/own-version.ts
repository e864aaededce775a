import { readFile } from 'node:fs/promises'

/** The version of idmaplab, as package.json has it. */
export async function ownVersion(): Promise<string> {
  const about: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  return (about as { version: string }).version
}
