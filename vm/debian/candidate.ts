import { compareVersions } from './version.ts'

/** A version of a package that an index offers. */
export type Candidate = {
  readonly name: string
  readonly version: string
  /** Of the .deb; apt checks it. Part of the key of what is made from the package. */
  readonly sha256: string
  readonly depends: readonly string[]
  /** Unpacked size. */
  readonly bytes: number
  /** Of the .deb. */
  readonly fileBytes: number
}

/** Reads the stanzas that `apt-cache show` prints; newest version first. */
export function parseCandidates(text: string): Candidate[] {
  return text
    .split(/\n\n+/)
    .filter(stanza => /^Package: /m.test(stanza))
    .map(stanza => ({
      name: field(stanza, 'Package'),
      version: field(stanza, 'Version'),
      sha256: field(stanza, 'SHA256'),
      depends: dependencies(field(stanza, 'Depends')),
      bytes: Number(field(stanza, 'Installed-Size') || 0) * 1024,
      fileBytes: Number(field(stanza, 'Size') || 0),
    }))
    .toSorted((a, b) => compareVersions(b.version, a.version))
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? ''
}

function dependencies(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim().split(/[\s(|:]/, 1)[0] ?? '')
    .filter(name => name !== '')
}
