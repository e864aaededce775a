import { existsSync } from 'node:fs'
import { HarnessError } from '../harness-error.ts'

/** Debian 13 links the one name to the other, Debian 12 has only `.gpg`, later ones may have only `.pgp`. */
const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
] as const

/** The keys every package index from Debian is checked against. */
export function archiveKeyring(): string {
  const found = KEYRINGS.find(path => existsSync(path))
  if (found !== undefined) return found
  throw new HarnessError(
    'PREREQUISITE_MISSING',
    `Debian's archive keys were not found (looked for ${KEYRINGS[0]}): install the Debian package debian-archive-keyring.`,
  )
}
