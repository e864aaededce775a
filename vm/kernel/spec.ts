import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { HarnessError } from '../harness-error.ts'
import { nearestSeries } from './series.ts'
import type { Kernel } from './source.ts'

/** One of Debian's kernels. `version` is a series (`6.12`), an upstream version (`6.12.43`) or a package's whole version (`6.12.43-1`); without it the newest of the suite is meant. */
export type DebianSpec = {
  readonly kind: 'debian'
  readonly name: string
  readonly suite?: string
  readonly version?: string
}

/** What a user can mean by `--kernel`; `name` is what they wrote. */
export type KernelSpec =
  | DebianSpec
  /** A bzImage, a .deb or a build tree: which of them, its content tells. */
  | { readonly kind: 'file'; readonly name: string }
  /** The machine's own kernel, natively. */
  | { readonly kind: 'host'; readonly name: 'host' }

/** Reads one kernel as `--kernel` takes it; KERNEL_UNKNOWN if it can mean nothing. */
export function parseKernelSpec(text: string): KernelSpec {
  if (text === 'host') return { kind: 'host', name: text }
  if (text.startsWith('debian:')) return debianSpec(text)
  if (VERSION.test(text)) return { kind: 'debian', name: text, version: text }
  if (text.includes('/') || existsSync(text)) return { kind: 'file', name: text }
  throw unknownKernel(text)
}

/** The name that asks for this very kernel another day, when a series has a newer one: `6.12.107-1` for `6.12`, and the whole path of a file. */
export function exactName({ name, package: from }: Pick<Kernel, 'name' | 'package'>): string {
  const version = from?.split(' ')[1]
  const debian = VERSION.test(name) || name.startsWith('debian:')
  if (!debian) return name === 'host' ? name : resolve(name)
  if (version === undefined) return name
  const { suite } = parseKernelSpec(name) as DebianSpec
  return suite === undefined ? version : `debian:${suite}/${version}`
}

/** Reads kernels separated by commas. A list that is itself the path of a file is one kernel. */
export function parseKernelList(text: string): KernelSpec[] {
  if (text.includes('/') && existsSync(text)) return [{ kind: 'file', name: text }]
  const names = text.split(',').map(name => name.trim())
  if (names.includes(''))
    throw unusableList(`The list of kernels ${JSON.stringify(text)} has an empty place between its commas.`)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw unusableList(`The list of kernels ${JSON.stringify(text)} names ${JSON.stringify(twice)} twice.`)
  return names.map(parseKernelSpec)
}

/** What begins a Debian version of a kernel; two numbers at least. It becomes part of file names and of apt's arguments. */
const VERSION = /^\d+\.\d+(?:[.+~-][\w.+~-]*)?$/
const SUITE = /^[a-z][a-z0-9-]*$/

function debianSpec(name: string): DebianSpec {
  const [first = '', ...more] = name.slice('debian:'.length).split('/')
  const rest = more.join('/')
  if (more.length === 0 && VERSION.test(first)) return { kind: 'debian', name, version: first }
  if (more.length === 0 && SUITE.test(first)) return { kind: 'debian', name, suite: first }
  if (SUITE.test(first) && VERSION.test(rest)) return { kind: 'debian', name, suite: first, version: rest }
  throw new HarnessError(
    'KERNEL_UNKNOWN',
    `${JSON.stringify(name)} names no kernel of Debian’s: write debian:SUITE/VERSION, debian:SUITE or debian:VERSION, e.g. debian:sid/7.2.`,
    { blame: 'user' },
  )
}

/** KERNEL_UNKNOWN with the series most like what was wanted. */
export function unknownKernel(wanted: string): HarnessError {
  return new HarnessError(
    'KERNEL_UNKNOWN',
    `There is no kernel ${JSON.stringify(wanted)} here: give one of ${nearestSeries(wanted).join(', ')}, a version such as 6.12.107-1, or the path of a bzImage, a .deb or a build tree.`,
    { blame: 'user' },
  )
}

function unusableList(sentence: string): HarnessError {
  return new HarnessError('KERNEL_UNKNOWN', sentence, { blame: 'user' })
}
