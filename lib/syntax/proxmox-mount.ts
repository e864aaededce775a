import { MAX_ID } from '../idmap/extent.ts'
import { endOf, unquoted, wordsOfLine } from './command-line.ts'
import type { Entry } from './dialect.ts'
import { isOtherSetting, mainLinesOf } from './lxc-config.ts'
import { extentOf, fail, type Piece, skip, splitPiece, wordsOf } from './scan.ts'
import { nearly } from './typo.ts'

/** A mount point as a Proxmox container's configuration or `pct set` has it: `mp0: /mnt/data,mp=/data,idmap=…`. */
export interface MountLine {
  /** `mp0` or `rootfs`; empty when the options stand without. */
  readonly key: string
  /** Where that is written. */
  readonly name: Piece
  /** Where it is in the container; `/` for `rootfs`. */
  readonly target: string
  /** The options, from the source on. */
  readonly options: Piece
  /** The value of `idmap=`. */
  readonly idmap: Piece | undefined
  /** The whole option, with the comma that parts it from the others. */
  readonly idmapOption: Piece | undefined
  /** An option that is nearly `idmap=`; Proxmox refuses it. */
  readonly misspelt: Piece | undefined
}

/** Every mount point of a text, in order; the sections below a configuration (snapshots) do not count. */
export function mountLinesOf(text: string): MountLine[] {
  return mainLinesOf(text).flatMap(mountsOfLine)
}

/** The words of a map that stands without any mount point around it: `idmap=` and quotes are taken off. */
export function bareValuesOf(text: string): Piece[] {
  return mainLinesOf(text)
    .filter(line => !(isOtherSetting(line) || isComment(line)))
    .flatMap(wordsOfLine)
    .map(word => unquoted(skip(word, /^idmap=/.exec(word.text)?.[0].length ?? 0)))
}

/** The entries of a value, each a piece: Proxmox separates them with `;`, the first patch did so with blanks. */
export function entryPiecesOf(value: Piece): Piece[] {
  return splitPiece(value, ';').flatMap(wordsOf)
}

/** What an entry says; `passthrough` is every id as itself. */
export function entriesOf(piece: Piece): Entry[] {
  const { line, column } = piece
  if (piece.text === PASSTHROUGH_WORD) return HALVES.map(half => ({ half, extent: EVERY_ID, line, column }))
  const [kind, ...numbers] = splitPiece(piece, ':')
  const half = kind?.text === 'u' ? 'uid' : kind?.text === 'g' ? 'gid' : fail('proxmox', kind ?? piece, "'u' or 'g'")
  return [{ half, extent: extentOf('proxmox', piece, numbers, ['a container id', 'a disk id']), line, column }]
}

export const PASSTHROUGH_WORD = 'passthrough'

const HALVES = ['uid', 'gid'] as const

const EVERY_ID = { from: 0, to: 0, count: MAX_ID + 1 }

function mountsOfLine(line: Piece): MountLine[] {
  const setting = /^([ \t]*)(rootfs|mp\d+):[ \t]*/.exec(line.text)
  if (setting) {
    const [start, blanks = '', key = ''] = setting
    const options = skip(line, start.length, line.text.trimEnd().length - start.length)
    return [mountOf(skip(line, blanks.length, key.length), options)]
  }
  if (isOtherSetting(line) || isComment(line)) return []
  const words = wordsOfLine(line)
  return words.flatMap((word, at) => {
    if (OPTION.test(words[at - 1]?.text ?? '')) return []
    const option = OPTION_WITH_VALUE.exec(word.text)?.[0]
    if (option) return [mountOf(skip(word, 0, option.length - 1), unquoted(skip(word, option.length)))]
    if (OPTION.test(word.text)) return [mountOf(word, words[at + 1] ?? endOf(word))]
    return word.text.includes(',') ? [mountOf(skip(word, 0, 0), word)] : []
  })
}

/** As `pct set` has them. */
const OPTION = /^--?(?:rootfs|mp\d+)$/
const OPTION_WITH_VALUE = /^--?(?:rootfs|mp\d+)=/

function isComment({ text }: Piece): boolean {
  return /^[ \t]*#/.test(text)
}

function mountOf(name: Piece, options: Piece): MountLine {
  const key = name.text.replace(/^-*/, '')
  const parts = splitPiece(options, ',')
  const partOf = (option: string) => parts.find(({ text }) => text.startsWith(`${option}=`))
  const textOf = (option: string) => {
    const part = partOf(option)
    return part && unquoted(skip(part, option.length + 1))
  }
  const target = key === 'rootfs' ? '/' : (textOf('mp')?.text ?? '')
  return {
    key,
    name,
    target,
    options,
    idmap: textOf('idmap'),
    idmapOption: withComma(options, partOf('idmap')),
    misspelt: parts.find(isMisspelt),
  }
}

/** With the comma before it, or, when it is the first, the one behind it. */
function withComma(options: Piece, option: Piece | undefined): Piece | undefined {
  if (!option) return undefined
  const start = option.column - options.column
  return skip(options, Math.max(start - 1, 0), option.text.length + 1)
}

function isMisspelt({ text }: Piece): boolean {
  const option = /^[^=]*(?==)/.exec(text)?.[0] ?? ''
  return option !== 'idmap' && nearly(option.toLowerCase().replace(/[^a-z]/g, ''), 'idmap')
}
