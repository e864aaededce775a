import { scaleLinear } from 'd3-scale'
import { type Extent, endOf, formatRange, type IdRange, MAX_ID, swap } from '../../lib/idmap/extent.ts'
import type { Half } from '../../lib/idmap/problem.ts'
import { common } from '../../lib/idmap/sweep.ts'
import type { Maps, Start } from './explain.ts'

const LEAST_HEIGHT = 420
const MARGIN = { top: 64, bottom: 24, left: 160, right: 160 }
const COLUMN = 18
const GAP = 190
const PANEL = MARGIN.left + 3 * COLUMN + 2 * GAP + MARGIN.right
/** The least height of a range, so that its numbers can be read. */
const LINE = 15
const COLOURS = ['#4477aa', '#228833', '#ccbb44', '#ee6677', '#aa3377', '#66ccee']

/** One id space as a column: where each id stands in it. */
interface Column {
  readonly name: string
  readonly x: number
  readonly ranges: readonly IdRange[]
  y(id: number): number
}

/** The spaces as columns with the ranges as bands between them, users left and groups right: an SVG document. */
export function drawSpaces(maps: Maps, start: Start): string {
  const ranges = (['uid', 'gid'] as const).map(
    half => maps.container[half].extents.length + (maps.mount?.[half].extents.length ?? 0),
  )
  const height = Math.max(LEAST_HEIGHT, MARGIN.top + MARGIN.bottom + 2 * LINE * Math.max(...ranges))
  const panels = (['uid', 'gid'] as const).map((half, index) => panel(half, maps, start, index * PANEL, height))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * PANEL} ${height}" font-family="monospace" font-size="11">`,
    `<rect width="${2 * PANEL}" height="${height}" fill="white"/>`,
    ...panels.flat(),
    '</svg>\n',
  ].join('\n')
}

function panel(half: Half, maps: Maps, start: Start, left: number, height: number): string[] {
  const container = maps.container[half].extents
  const shared = container.map(({ to, count }) => ({ from: to, to, count }))
  const mount = maps.mount?.[half].extents ?? shared
  const hosts = [...container.map(swap), ...mount.map(swap)]
  const x = (index: number) => left + MARGIN.left + index * (COLUMN + GAP)
  const columns = [
    column('disk', x(0), mount, start, height),
    column('host', x(1), hosts, start, height),
    column('container', x(2), container, start, height),
  ] as const
  const [disk, host, inside] = columns
  return [
    `<text x="${x(1) + COLUMN / 2}" y="20" text-anchor="middle" font-size="15">${half === 'uid' ? 'users' : 'groups'}</text>`,
    ...mount.map((extent, index) => band(extent, disk, host, index)),
    ...container.map((extent, index) => band(swap(extent), host, inside, index)),
    ...columns.flatMap(drawn),
    journey(columns, idsOf(half, maps, start)),
  ]
}

/** What the id in question is in each space, as far as it gets. */
function idsOf(half: Half, maps: Maps, { space, id }: Start): readonly (number | undefined)[] {
  const container = maps.container[half]
  const mount = maps.mount?.[half]
  const ofHost = (host: number | undefined) =>
    host === undefined ? undefined : mount ? mount.invert().lookup(host) : host
  const ofDisk = () => (mount ? mount.lookup(id) : id)
  const host = { disk: ofDisk, host: () => id, container: () => container.lookup(id) }[space]()
  const inside = host === undefined ? undefined : container.invert().lookup(host)
  return [space === 'disk' ? id : ofHost(host), host, space === 'container' ? id : inside]
}

/** Boundaries are what matters, and ranges go from 1 id to 4 billion: each stretch is as high as its logarithm. */
function column(name: Start['space'], x: number, ranges: readonly IdRange[], start: Start, height: number): Column {
  const wanted = name === start.space ? [start.id, start.id + 1] : []
  const ends = ranges.flatMap(range => [range.from, endOf(range)])
  const edges = [...new Set([...ends, ...wanted])].toSorted((a, b) => a - b)
  const [first = 0, ...others] = edges.length > 1 ? edges : [0, MAX_ID]
  const heights = others.map((edge, index) => LINE + Math.log2(edge - (others[index - 1] ?? first)))
  const total = heights.reduce((sum, height) => sum + height, 0)
  const usable = height - MARGIN.top - MARGIN.bottom
  let y = MARGIN.top
  const stops = [y, ...heights.map(each => (y += (each / total) * usable))]
  const scale = scaleLinear([first, ...others], stops)
  const cells = others.map((edge, index): IdRange => {
    const from = others[index - 1] ?? first
    return { from, count: edge - from }
  })
  const mapped = cells.filter(cell => ranges.some(range => common(range, cell).count > 0))
  return { name, x, ranges: mapped, y: id => scale(id) }
}

function band(extent: Extent, left: Column, right: Column, index: number): string {
  const [x1, x2] = [left.x + COLUMN, right.x]
  const [top, bottom] = [left.y(extent.from), left.y(endOf(extent))]
  const [farTop, farBottom] = [right.y(extent.to), right.y(extent.to + extent.count)]
  const colour = COLOURS[index % COLOURS.length]
  return `<path d="M${x1},${round(top)} L${x2},${round(farTop)} L${x2},${round(farBottom)} L${x1},${round(bottom)} Z" fill="${colour}" fill-opacity="0.35" stroke="${colour}"/>`
}

function drawn({ name, x, ranges, y }: Column): string[] {
  const labelX = name === 'disk' ? x - 6 : name === 'host' ? x + COLUMN / 2 : x + COLUMN + 6
  const anchor = name === 'disk' ? 'end' : name === 'host' ? 'middle' : 'start'
  return [
    `<text x="${x + COLUMN / 2}" y="46" text-anchor="middle" font-size="13">${name}</text>`,
    ...ranges.map(
      range =>
        `<rect x="${x}" y="${round(y(range.from))}" width="${COLUMN}" height="${round(Math.max(1, y(endOf(range)) - y(range.from)))}" fill="#dddddd" stroke="#666666"/>`,
    ),
    ...ranges.map(
      range =>
        `<text x="${labelX}" y="${round((y(range.from) + y(endOf(range))) / 2 + 4)}" text-anchor="${anchor}">${formatRange(range)}</text>`,
    ),
  ]
}

/** The way of the id through the columns, as far as it gets. */
function journey(columns: readonly Column[], ids: readonly (number | undefined)[]): string {
  const points = columns.flatMap(({ x, y }, index) => {
    const id = ids[index]
    return id === undefined ? [] : [{ id, x: x + COLUMN / 2, y: round(y(id + 0.5)) }]
  })
  const circles = points.map(({ id, x, y }) => `<circle cx="${x}" cy="${y}" r="5"><title>${id}</title></circle>`)
  const line = `<polyline points="${points.map(({ x, y }) => `${x},${y}`).join(' ')}"/>`
  return `<g stroke="#cc0000" stroke-width="2" fill="none">${line}${circles.join('')}</g>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
