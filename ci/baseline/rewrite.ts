import { type Document, isMap, isScalar, type Pair, Scalar, type YAMLMap } from 'yaml'
import type { Expectation } from './baseline.ts'
import { compareKernelPatterns, parseKernelPattern } from './kernel-pattern.ts'
import { pairOf, parseBaselineYaml } from './yaml.ts'

/** An entry that is to be there with this expectation, or to be gone. */
export type Change = {
  readonly scenario: string
  readonly fs: string
  readonly kernel: string
  readonly expectation?: Expectation
  /** What a person who fills in a reason should know; a comment. */
  readonly remark?: string
}

/** The YAML text with these changes, its keys sorted; what is not changed keeps its words and comments. */
export function rewritten(text: string, changes: readonly Change[]): string {
  const document = parseBaselineYaml(text)
  for (const change of changes) {
    if (change.expectation === undefined) remove(document, change)
    else put(document, change, change.expectation)
  }
  sortAll(document)
  // Long reasons stay on their line: a diff shows what changed.
  return document.toString({ lineWidth: 0 })
}

function put(document: Document.Parsed, { scenario, fs, kernel, remark }: Change, expectation: Expectation): void {
  const byKernel = mapIn(document, mapIn(document, mapIn(document, document.contents, 'cases'), scenario), fs)
  const value = document.createNode(asWritten(expectation))
  const reason = isMap(value) ? value.get('reason', true) : undefined
  if (remark !== undefined && isScalar(reason)) reason.comment = ` found: ${remark}`
  const pair = pairOf(byKernel, kernel)
  if (pair === undefined) byKernel.items.push(document.createPair(quoted(kernel), value))
  else pair.value = value
}

function asWritten({ outcome, code, reason, link }: Expectation): unknown {
  if (outcome === 'PASS') return outcome
  return { outcome, ...(code === undefined ? {} : { code }), reason, ...(link === undefined ? {} : { link }) }
}

/** Other readers of YAML take 6.10 for the number 6.1. */
function quoted(kernel: string): Scalar {
  const key = new Scalar(kernel)
  key.type = Scalar.QUOTE_SINGLE
  return key
}

/** The map below a key, which is made if there is none. */
function mapIn(document: Document.Parsed, parent: unknown, key: string): YAMLMap {
  if (!isMap(parent)) throw new TypeError('a baseline that was read has maps down to its kernels')
  const pair = pairOf(parent, key)
  if (isMap(pair?.value)) {
    // An empty `{}` shall not make what comes into it a line.
    pair.value.flow = false
    return pair.value
  }
  const made = document.createPair(key, {})
  parent.items.push(made)
  return mapIn(document, parent, key)
}

function remove(document: Document.Parsed, { scenario, fs, kernel }: Change): void {
  document.deleteIn(['cases', scenario, fs, kernel])
  if (isEmpty(document, ['cases', scenario, fs])) document.deleteIn(['cases', scenario, fs])
  if (isEmpty(document, ['cases', scenario])) document.deleteIn(['cases', scenario])
}

function isEmpty(document: Document.Parsed, path: readonly string[]): boolean {
  const map = document.getIn(path)
  return isMap(map) && map.items.length === 0
}

function sortAll(document: Document.Parsed): void {
  const cases = document.get('cases')
  sort(cases, compareTexts)
  for (const byFs of mapsBelow(cases)) {
    sort(byFs, compareTexts)
    for (const byKernel of mapsBelow(byFs)) sort(byKernel, compareKernels)
  }
}

function mapsBelow(map: unknown): YAMLMap[] {
  return isMap(map) ? map.items.flatMap(({ value }) => (isMap(value) ? [value] : [])) : []
}

function sort(map: unknown, compare: (a: string, b: string) => number): void {
  if (!isMap(map)) return
  // The parser gives a comment above the first entry to the map: it belongs to the entry, wherever that goes.
  const [first] = map.items
  if (map.commentBefore != null && first !== undefined && isScalar(first.key)) {
    first.key.commentBefore = map.commentBefore
    map.commentBefore = null
  }
  map.items.sort((a: Pair, b: Pair) => compare(String(a.key), String(b.key)))
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function compareKernels(a: string, b: string): number {
  const [left, right] = [parseKernelPattern(a), parseKernelPattern(b)]
  return left === undefined || right === undefined ? compareTexts(a, b) : compareKernelPatterns(left, right)
}
