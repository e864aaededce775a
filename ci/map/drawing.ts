import { scaleLinear } from 'd3-scale'
import { type Extent, endOf, formatRange, type IdRange, MAX_ID, swap } from '../../lib/idmap/extent.ts'
import type { Half } from '../../lib/idmap/problem.ts'
import type { Maps, Start } from './explain.ts'

const HEIGHT = 420
const MARGIN = { top: 64, bottom: 24, left: 96, right: 96 }
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
  const panels = (['uid', 'gid'] as const).map((half, index) => panel(half, maps, start, index * PANEL))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * PANEL} ${HEIGHT}" font-family="monospace" font-size="11">`,
    `<rect width="${2 * PANEL}" height="${HEIGHT}" fill="white"/>`,
    ...panels.flat(),
    '</svg>\n',
  ].join('\n')
}

function panel(half: Half, maps: Maps, start: Start, left: number): string[] {
  const container = maps.container[half].extents
  const shared = container.map(({ to, count }) => ({ from: to, to, count }))
  const mount = maps.mount?.[half].extents ?? shared
  const hosts = [...container.map(swap), ...mount.map(swap)]
  const x = (index: number) => left + MARGIN.left + index * (COLUMN + GAP)
  const columns = [
    column('disk', x(0), mount, start),
    column('host', x(1), hosts, start),
    column('container', x(2), container, start),
  ] as const
  const [disk, host, inside] = columns
  return [
    `<text x="${x(1) + COLUMN / 2}" y="20" text-anchor="middle" font-size="15">${half === 'uid' ? 'users' : 'groups'}</text>`,
    ...mount.map((extent, index) => band(extent, disk, host, index)),
    ...container.map((extent, index) => band(swap(extent), host, inside, index)),
    ...columns.flatMap(drawn),
    ...columns.filter(({ name }) => name === start.space).map(({ x, y }) => mark(x, y(start.id), start.id)),
  ]
}

/** Boundaries are what matters, and ranges go from 1 id to 4 billion: each stretch is as high as its logarithm. */
function column(name: Start['space'], x: number, ranges: readonly IdRange[], start: Start): Column {
  const wanted = name === start.space ? [start.id, start.id + 1] : []
  const edges = [...new Set([...ranges.flatMap(range => [range.from, endOf(range)]), ...wanted])].toSorted(
    (a, b) => a - b,
  )
  const [first = 0, ...others] = edges.length > 1 ? edges : [0, MAX_ID]
  const heights = others.map((edge, index) => LINE + Math.log2(edge - (others[index - 1] ?? first)))
  const total = heights.reduce((sum, height) => sum + height, 0)
  const usable = HEIGHT - MARGIN.top - MARGIN.bottom
  let y = MARGIN.top
  const stops = [y, ...heights.map(height => (y += (height / total) * usable))]
  const scale = scaleLinear([first, ...others], stops)
  return { name, x, ranges, y: id => scale(id) }
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

function mark(x: number, y: number, id: number): string {
  return `<g stroke="#cc0000" fill="none"><circle cx="${x + COLUMN / 2}" cy="${round(y)}" r="6" stroke-width="2"/><title>${id}</title></g>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
