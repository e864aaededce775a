import type { Aspect } from './aspect.ts'

/** A line of a story's table: what of a path must be what on the disk, for the host and for the container. */
type ExpectedRow = {
  readonly path: string
  /** The owner, unless the path is followed by another in brackets: `diary [acl]`. */
  readonly aspect: Aspect
  /** `uid:gid`, with the disk's name in front where the story has several: `upper 101000:101000`; `-` of a file system without a disk. */
  readonly disk: string
  readonly host: string
  readonly container: string
}

/** A story's table: the directory of the host its paths are below, and the paths. */
export type Expectations = { readonly place: string; readonly rows: readonly ExpectedRow[] }

const COLUMNS = ['disk', 'host', 'container']
const OWNER = /^\d+:\d+$/
const DISK_OWNER = /^((\w+ )?\d+:\d+|-)$/
const SUBJECT = /^(.*?)(?: \[(mode|acl|default acl|capability)\])?$/

/** Reads a table as a story writes it: a heading that begins with a directory, then a path a line, the columns two or more spaces apart. */
export function parseExpectations(table: string): Expectations {
  const [heading = '', ...lines] = table
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const [place = '', ...columns] = cells(heading)
  if (!place.startsWith('/') || columns.join() !== COLUMNS.join()) {
    throw new TypeError(
      `a table begins with "/directory  ${COLUMNS.join('  ')}", two or more spaces apart, this one with ${JSON.stringify(heading)}`,
    )
  }
  if (lines.length === 0) throw new TypeError('a table without a path expects nothing')
  return { place, rows: lines.map(parseLine) }
}

function parseLine(line: string): ExpectedRow {
  const [subject = '', disk = '', host = '', container = '', ...more] = cells(line)
  const [, path = '', other] = SUBJECT.exec(subject) ?? []
  const owners = DISK_OWNER.test(disk) && OWNER.test(host) && OWNER.test(container)
  if (more.length > 0 || container === '' || (other === undefined && !owners)) {
    throw new TypeError(
      `expected "path  uid:gid  uid:gid  uid:gid", two or more spaces apart, found ${JSON.stringify(line)}`,
    )
  }
  return { path, aspect: (other ?? 'owner') as Aspect, disk, host, container }
}

function cells(line: string): string[] {
  return line.split(/ {2,}|\t+/)
}
