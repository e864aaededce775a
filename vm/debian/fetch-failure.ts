import { HarnessError } from '../harness-error.ts'

/** PACKAGE_FETCH in one sentence, from what apt or a tool above it said; `what` completes "… failed": `fetching linux-image-6.12`. */
export function fetchFailure(what: string, error: HarnessError): HarnessError {
  const reason = firstComplaint(error.details) ?? 'apt gave no reason'
  return new HarnessError(
    'PACKAGE_FETCH',
    `${what.charAt(0).toUpperCase()}${what.slice(1)} failed: ${reason}; check the network and apt's proxy settings, or set IDMAPLAB_MIRROR to an archive that can be reached.`,
    { cause: error, details: error.details },
  )
}

/** Whether what was said is apt's complaint that something could not be fetched. */
export function saysNotFetched(said: readonly string[]): boolean {
  return said.some(line =>
    /^[EW]: (Failed to fetch|The repository .* (does not have|is not signed)|GPG error)/.test(line),
  )
}

/** The file is not on the server, as opposed to the server not being reached. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof HarnessError) || error.code !== 'PACKAGE_FETCH') return false
  return error.details.some(line => /\b404\s+Not Found|\bFile not found\b/.test(line))
}

/** Naming the file says most, then any error, then any warning; what follows is consequences and advice. */
const COMPLAINTS = [/^E: Failed to fetch/, /^W: (Failed to fetch|GPG error)/, /^E:/, /^W:/]

function firstComplaint(said: readonly string[]): string | undefined {
  const found = COMPLAINTS.map(complaint => said.find(line => complaint.test(line))).find(line => line !== undefined)
  return found
    ?.replace(/^[EW]:\s*/, '')
    .replace(/\s+/g, ' ')
    .replace(/[.\s]+$/, '')
}
