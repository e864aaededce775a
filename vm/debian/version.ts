/** Orders Debian versions as deb-version(7) does: `1.0~rc1` < `1.0` < `1.0+b1` < `1.10` < `1:0.1`. */
export function compareVersions(a: string, b: string): number {
  const [epochA, restA] = splitEpoch(a)
  const [epochB, restB] = splitEpoch(b)
  return epochA - epochB || comparePart(restA[0], restB[0]) || comparePart(restA[1], restB[1])
}

function splitEpoch(version: string): [epoch: number, rest: readonly [upstream: string, revision: string]] {
  const colon = version.indexOf(':')
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  const parts = dash < 0 ? ([rest, '0'] as const) : ([rest.slice(0, dash), rest.slice(dash + 1)] as const)
  return [colon < 0 ? 0 : Number(version.slice(0, colon)), parts]
}

/** Alternating runs of non-digits (compared by `weight`) and digits (compared as numbers). */
function comparePart(a: string, b: string): number {
  const runsA = a.split(/(\d+)/)
  const runsB = b.split(/(\d+)/)
  for (let i = 0; i < Math.max(runsA.length, runsB.length); i++) {
    const [runA = '', runB = ''] = [runsA[i], runsB[i]]
    const difference = i % 2 === 1 ? Number(runA) - Number(runB) : compareText(runA, runB)
    if (difference !== 0) return difference
  }
  return 0
}

function compareText(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = weight(a.charAt(i)) - weight(b.charAt(i))
    if (difference !== 0) return difference
  }
  return 0
}

/** `~` sorts before the end, the end before letters, letters before everything else. */
function weight(character: string): number {
  if (character === '') return 0
  if (character === '~') return -1
  const code = character.charCodeAt(0)
  return /[A-Za-z]/.test(character) ? code : code + 256
}
