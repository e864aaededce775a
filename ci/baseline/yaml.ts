import {
  type Document,
  isCollection,
  isMap,
  isNode,
  type LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'

/** Parses YAML in which every scalar is the text it is written as: `6.10` is no number, and not 6.1. */
export function parseBaselineYaml(text: string, lineCounter?: LineCounter): Document.Parsed {
  return parseDocument(text, {
    schema: 'failsafe',
    prettyErrors: false,
    ...(lineCounter === undefined ? {} : { lineCounter }),
  })
}

/** Where in the text the key of a path stands, or the innermost of its parents that is there. */
export function offsetOf(document: Document.Parsed, path: readonly unknown[]): number {
  let node: unknown = document.contents
  let offset = 0
  for (const key of path) {
    const pair: Pair | undefined = isMap(node) ? pairOf(node, key) : undefined
    if (pair === undefined) break
    offset = startOf(pair.key) ?? offset
    node = pair.value
  }
  return offset
}

/** Where the first alias stands: an entry is to be read where it is, not followed. */
export function firstAlias(document: Document.Parsed): number | undefined {
  let offset: number | undefined
  visit(document, {
    Alias(_, alias) {
      offset = startOf(alias)
      return visit.BREAK
    },
  })
  return offset
}

/** The pair with this key; keys are texts. */
export function pairOf(map: YAMLMap, key: unknown): Pair | undefined {
  return map.items.find(pair => String(pair.key) === key)
}

function startOf(node: unknown): number | undefined {
  return isNode(node) || isCollection(node) ? node.range?.[0] : undefined
}
