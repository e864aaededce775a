import type { Subject } from '../../lib/check/finding.ts'
import { asWritten } from '../../lib/check/one-map.ts'
import type { AsWritten } from '../../lib/idmap/limits.ts'
import { IdMapError } from '../../lib/idmap/problem.ts'
import {
  type Dialect,
  type MapOf,
  parseMap,
  type ReadContext,
  type Role,
  type Syntax,
} from '../../lib/syntax/dialect.ts'
import { IdMapSyntaxError } from '../../lib/syntax/error.ts'
import { DIALECTS, dialectNamed } from '../../lib/syntax/registry.ts'
import { UsageError } from '../usage-error.ts'
import { choose, mapOf } from './choice.ts'
import { hintOf, type Input, readInput } from './input.ts'

/** How the inputs of `map check` are to be read. */
export interface SubjectOptions {
  readonly dialect?: string
  readonly role?: 'container' | 'mount'
  readonly container?: string
  readonly containerDialect?: string
  readonly fs?: string
  readonly parent?: string
}

/** What some dialects leave for others to say: the owners' ranges for Docker, its own namespace for podman. */
type Beside = Pick<ReadContext, 'subids'>

/** What the inputs of `map check` are. */
export interface Subjects {
  readonly subjects: readonly Subject[]
  /** Files of subuid(5) and subgid(5). */
  readonly delegations: readonly Input[]
  readonly parent: AsWritten | undefined
}

/** Every map of every input: a configuration can have a container's and those of several mounts. */
export async function subjectsOf(
  inputs: readonly string[],
  options: SubjectOptions,
  beside: Beside,
): Promise<Subjects> {
  const container = await containerOf(options)
  const texts = await Promise.all(
    inputs.map((input, index) => readInput(input, inputs.length > 1 ? `argument ${index + 1}` : 'the argument')),
  )
  // subuid(5) says which ids may be mapped and is no map itself.
  const isDelegation = ({ text }: Input) => dialectsOf(text, options)[0]?.ranges !== undefined
  return {
    subjects: texts.filter(input => !isDelegation(input)).flatMap(input => mapsOf(input, container, options, beside)),
    delegations: texts.filter(isDelegation),
    parent: await parentOf(options),
  }
}

async function containerOf({ container, containerDialect }: SubjectOptions): Promise<MapOf<'container'> | undefined> {
  if (container === undefined) return undefined
  return mapOf(choose('container', await readInput(container, '--container'), containerDialect, '--container-dialect'))
}

/** As written, since the kernel holds every extent of a child against one extent of its parent. */
async function parentOf({ parent }: SubjectOptions): Promise<AsWritten | undefined> {
  if (parent === undefined) return undefined
  const chosen = choose('container', await readInput(parent, '--parent'), undefined, '--parent')
  mapOf(chosen)
  return asWritten({ name: '--parent', role: 'container', reading: chosen.syntax.read(chosen.input.text) })
}

function mapsOf(
  input: Input,
  given: MapOf<'container'> | undefined,
  options: SubjectOptions,
  beside: Beside,
): Subject[] {
  const dialects = dialectsOf(input.text, options)
  const [first] = dialects
  const role = first && ROLES.find(each => first.roles[each] && (options.role === undefined || options.role === each))
  if (!first || !role)
    throw new UsageError(
      `${input.name} is in no dialect that could be recognised${options.role ? ` as one for --role ${options.role}` : ''}; name one with --dialect ("idmaplab map dialects" lists them).${hintOf(input)}`,
    )
  const container = role === 'container' ? first.roles.container : undefined
  const context: ReadContext = { ...beside, ...(given && { container: given }) }
  const own = given ?? (container && soundMap(container, input.text, context))
  const documents = dialects.filter(({ targets }) => (targets?.(input.text).length ?? 0) > 0)
  return [
    ...(container
      ? [{ name: input.name, role, dialect: first.name, reading: container.read(input.text, context) }]
      : []),
    ...(documents.length > 0 || container ? documents : [first]).flatMap(one => mountsOf(one, input, own, options)),
  ]
}

function dialectsOf(text: string, { dialect }: SubjectOptions): readonly Dialect[] {
  return dialect === undefined ? DIALECTS.filter(one => one.recognises(text)) : [dialectNamed(dialect)]
}

/** A text that could be several things is a container's map first, as `idmaplab map convert` has it. */
const ROLES: readonly Role[] = ['container', 'exceptions', 'mount']

/** Each mount of a document; of a text that is no document, the one it is. */
function mountsOf(
  dialect: Dialect,
  input: Input,
  container: MapOf<'container'> | undefined,
  options: SubjectOptions,
): Subject[] {
  const { exceptions, mount } = dialect.roles
  if (exceptions) return mounts(exceptions, input, container, options)
  return mount ? mounts(mount, input, container, options) : []
}

function mounts<R extends 'exceptions' | 'mount'>(
  syntax: Syntax<R>,
  { name, text }: Input,
  container: MapOf<'container'> | undefined,
  { fs }: SubjectOptions,
): Subject[] {
  const targets = dialectNamed(syntax.dialect).targets?.(text) ?? []
  const subject = (target: string | undefined): Subject => {
    const context: ReadContext = { ...(container && { container }), ...(target !== undefined && { target }) }
    return {
      name: target === undefined ? name : `${name} ${target}`,
      dialect: syntax.dialect,
      role: syntax.role,
      reading: syntax.read(text, context),
      ...(container && { container }),
      ...(fs !== undefined && { filesystem: fs }),
    }
  }
  return targets.length > 0 ? targets.map(subject) : [subject(undefined)]
}

/** What is wrong with the container's own map is found where it is looked at; its mounts are then judged without it. */
function soundMap(syntax: Syntax<'container'>, text: string, context: ReadContext): MapOf<'container'> | undefined {
  try {
    const map = parseMap(syntax, text, context)
    // A privileged container has no map, and its mounts none either: Proxmox passes over their idmap= with a warning.
    return map.uid.size + map.gid.size > 0 ? map : undefined
  } catch (error) {
    if (error instanceof IdMapError || error instanceof IdMapSyntaxError) return undefined
    throw error
  }
}
