/** A line of a story's table: what a path's owner must be on the disk, for the host and for the container. */
export type ExpectedRow = {
  readonly path: string
  /** `uid:gid`, with the disk's name in front where the story has several: `upper 101000:101000`. */
  readonly disk: string
  readonly host: string
  readonly container: string
}

const HEADING = ['path', 'disk', 'host', 'container']
const OWNER = /^\d+:\d+$/
const DISK_OWNER = /^(\w+ )?\d+:\d+$/

/** Reads a table as a story writes it: a heading, then a path a line, the columns two or more spaces apart. */
export function parseExpectations(table: string): ExpectedRow[] {
  const [heading, ...lines] = table
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  if (heading === undefined || cells(heading).join() !== HEADING.join()) {
    throw new TypeError(
      `a table begins with the columns "${HEADING.join('  ')}", this one with ${JSON.stringify(heading ?? '')}`,
    )
  }
  if (lines.length === 0) throw new TypeError('a table without a path expects nothing')
  return lines.map(parseLine)
}

function parseLine(line: string): ExpectedRow {
  const [path = '', disk = '', host = '', container = '', ...more] = cells(line)
  if (more.length > 0 || !DISK_OWNER.test(disk) || !OWNER.test(host) || !OWNER.test(container)) {
    throw new TypeError(
      `expected "path  uid:gid  uid:gid  uid:gid", two or more spaces apart, found ${JSON.stringify(line)}`,
    )
  }
  return { path, disk, host, container }
}

function cells(line: string): string[] {
  return line.split(/ {2,}|\t+/)
}
