/**
 * The notations of the field: each parsed with line and column, formatted, and rewritten where it stands in a configuration. Pure: no I/O, any platform.
 *
 * @module idmaplab/syntax
 */

export { type HostAccount, readAccounts } from './accounts.ts'
export {
  DIRECTIONS,
  type Dialect,
  type Entry,
  type MapOf,
  type Note,
  type Place as TextPlace,
  parseMap,
  type RangeSyntax,
  type ReadContext,
  type Reading,
  type Role,
  type Syntax,
} from './dialect.ts'
export {
  type DialectName,
  faultSentence,
  IdMapDialectError,
  IdMapInexpressibleError,
  IdMapSyntaxError,
  type SyntaxFault,
} from './error.ts'
export { formatKernelMap, parseKernelMap } from './kernel.ts'
export {
  DIALECTS,
  dialectNamed,
  formatContainerMap,
  formatExceptions,
  formatMountMap,
  type NameOf,
  parseContainerMap,
  parseExceptions,
  parseMountMap,
  recognise,
  syntaxOf,
} from './registry.ts'
export {
  addSubids,
  formatSubids,
  parseSubids,
  readSubids,
  rewriteSubids,
  type SubidLine,
  type SubidLines,
  type SubidRange,
  subidsOf,
} from './subid.ts'
