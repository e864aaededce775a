import { HarnessError } from '../harness-error.ts'
import { runTool } from '../tool.ts'

/** One package index that the host's apt is configured to use, as `apt-get indextargets` tells it. */
export type IndexTarget = {
  readonly uri: string
  /** The suite as written in the host's sources. */
  readonly release: string
  readonly component: string
  /** `Debian` for Debian's own archives; unknown (empty) until the host has run `apt-get update`. */
  readonly origin: string
  readonly label: string
}

/** The URI of a Debian archive: `$IDMAPLAB_MIRROR`, else the one the host's own apt uses. */
export async function debianMirror(): Promise<string> {
  const chosen = process.env.IDMAPLAB_MIRROR
  if (chosen) return withoutSlash(chosen)
  const found = pickMirror([...(await indexTargets([])), ...(await indexTargets(['--no-release-info']))])
  if (found !== undefined) return found
  throw new HarnessError(
    'PACKAGE_FETCH',
    "This machine's apt knows no archive of Debian (looked at what apt-get indextargets lists): set IDMAPLAB_MIRROR to the URI of one.",
  )
}

/** Without --no-release-info only indexes that were already fetched are listed, but with their origin. */
async function indexTargets(options: readonly string[]): Promise<IndexTarget[]> {
  const argv = ['apt-get', 'indextargets', ...options, '--format', FORMAT, 'Created-By: Packages']
  return parseIndexTargets(await runTool(argv, { what: "reading the host's apt sources", code: 'PACKAGE_FETCH' }))
}

const FIELDS = ['REPO_URI', 'RELEASE', 'COMPONENT', 'ORIGIN', 'LABEL']
/** No URI, suite or origin has a `|` in it; an origin may have blanks. */
const FORMAT = FIELDS.map(field => `$(${field})`).join('|')

/** Reads what `apt-get indextargets` printed in `FORMAT`; it leaves `$(NAME)` standing for what it does not know. */
export function parseIndexTargets(text: string): IndexTarget[] {
  return text
    .split('\n')
    .filter(line => line.includes('|'))
    .map(line => {
      const known = line.split('|').map(field => (/^\$\(\w+\)$/.test(field) ? '' : field))
      const [uri = '', release = '', component = '', origin = '', label = ''] = known
      return { uri: withoutSlash(uri), release, component, origin, label }
    })
}

/** The best Debian archive among the host's: security and vendor archives hold too little, a CD is rarely there. */
export function pickMirror(targets: readonly IndexTarget[]): string | undefined {
  const usable = targets.filter(
    target => target.component === 'main' && CODENAMES.test(target.release) && !NOT_IT.test(target.uri),
  )
  const score = (target: IndexTarget): number =>
    Number(target.origin === 'Debian' && target.label === 'Debian') * 4 +
    Number(hasUpdates(target, targets)) * 2 +
    Number(/\/debian$/.test(target.uri))
  const candidates = usable.filter(target => target.origin === '' || target.origin === 'Debian')
  return candidates.toSorted((a, b) => score(b) - score(a))[0]?.uri
}

/** Names a Debian release can be asked for by; what a vendor calls its own suites is not among them. */
const CODENAMES = /^(buster|bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable)$/
const NOT_IT = /security|^cdrom:/

/** A vendor's archive may have a suite `bookworm` with a component `main` too, but never a `bookworm-updates` beside it. */
function hasUpdates(target: IndexTarget, targets: readonly IndexTarget[]): boolean {
  return targets.some(other => other.uri === target.uri && other.release === `${target.release}-updates`)
}

function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '')
}
