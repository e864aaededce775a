import { exceptionsFor } from '../../lib/idmap/exceptions.ts'
import { checkMountMap } from '../../lib/idmap/mount-check.ts'
import { refuse } from '../../lib/idmap/problem.ts'
import { type ResolveWarning, resolveMountMap } from '../../lib/idmap/resolve.ts'
import {
  DIRECTIONS,
  type MapOf,
  type Note,
  parseMap,
  type ReadContext,
  type Role,
  type Syntax,
} from '../../lib/syntax/dialect.ts'
import { dialectNamed } from '../../lib/syntax/registry.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { UsageError } from '../usage-error.ts'
import { type Answer, answerOrRefusal, mapJson } from './answer.ts'
import { noteIn } from './choice.ts'
import { readFile, readInput } from './input.ts'
import { readContainer } from './mount-input.ts'
import { readSubids, type SubidFiles } from './subids.ts'

export interface ConvertOptions extends SubidFiles {
  readonly from: string
  readonly to: string
  readonly role?: 'container' | 'mount'
  readonly container?: string
  readonly containerDialect?: string
  readonly target?: string
  readonly into?: string
}

/** A map of one dialect in the words of another. */
export async function convert(argument: string, options: ConvertOptions): Promise<Answer> {
  const input = await readInput(argument)
  const into = options.into === undefined ? undefined : await readFile(options.into)
  const way = wayBetween(options)
  return answerOrRefusal(async () => {
    const context = await contextOf(options)
    const { text, map, warnings, notes } = way.convert(input.text, context, into)
    return {
      exitCode: ExitCode.pass,
      lines: [text.replace(/\n$/, '')],
      remarks: [
        way.columns,
        ...notes.map(note => noteIn(input.name, note)),
        ...warnings.map(({ message }) => `warning: ${message}`),
      ],
      json: { text, columns: way.columns, map, warnings, ...(notes.length > 0 && { notes }) },
    }
  })
}

async function contextOf(options: ConvertOptions): Promise<ReadContext> {
  const { container, target } = options
  const subids = await readSubids(options)
  return {
    ...(container !== undefined && { container: (await readContainer({ ...options, container })).map }),
    ...(target !== undefined && { target }),
    ...(subids && { subids }),
  }
}

interface Converted {
  readonly text: string
  readonly map: unknown
  readonly warnings: readonly ResolveWarning[]
  readonly notes: readonly Note[]
}

/** How a text becomes another, and which column is which on both sides. */
interface Way {
  readonly columns: string
  convert(text: string, context: ReadContext, into: string | undefined): Converted
}

function wayBetween({ from, to, role }: ConvertOptions): Way {
  const [source, target] = [dialectNamed(from).roles, dialectNamed(to).roles]
  if (role !== 'mount' && source.container && target.container)
    return way(source.container, target.container, map => map)
  if (role !== 'container') {
    if (source.exceptions && target.exceptions) return way(source.exceptions, target.exceptions, map => map)
    if (source.mount && target.mount) return way(source.mount, target.mount, map => map)
    if (source.exceptions && target.mount) return way(source.exceptions, target.mount, withoutInheritance)
    if (source.mount && target.exceptions) return way(source.mount, target.exceptions, withInheritance)
  }
  throw new UsageError(
    `${from} writes ${rolesOf(from)}, ${to} writes ${rolesOf(to)}: ${role ? `for --role ${role} ` : ''}there is nothing both can say; "idmaplab map resolve" makes the map of a mount from the map of its container.`,
  )
}

function rolesOf(name: string): string {
  const roles = (Object.keys(DIRECTIONS) as Role[]).filter(role => dialectNamed(name).roles[role])
  return roles.map(directionOf).join(' and ') || 'no maps'
}

type Change<From extends Role, To extends Role> = (
  map: MapOf<From>,
  container: () => MapOf<'container'>,
) => MapOf<To> | { readonly map: MapOf<To>; readonly warnings: readonly ResolveWarning[] }

/** What the container's other ids are on the disk is said by a mount's map, and not by the exceptions to it. */
const withoutInheritance: Change<'exceptions', 'mount'> = (exceptions, container) =>
  resolveMountMap({ container: container(), exceptions })

const withInheritance: Change<'mount', 'exceptions'> = (mount, container) =>
  exceptionsFor({ container: container(), mount })

function way<From extends Role, To extends Role>(
  source: Syntax<From>,
  target: Syntax<To>,
  change: Change<From, To>,
): Way {
  return {
    columns: `${source.dialect} ${source.form} (${directionOf(source.role)}) → ${target.dialect} ${target.form} (${directionOf(target.role)})`,
    convert: (text, context, into) => {
      const changed = change(parseMap(source, text, context), () =>
        containerOf(
          context,
          `${source.dialect} writes ${directionOf(source.role)}, ${target.dialect} ${directionOf(target.role)}`,
        ),
      )
      const { map, warnings } = 'map' in changed ? changed : { map: changed, warnings: [] }
      refuseForKernel(target.role, map)
      return {
        text: written(target, map, context, into),
        map: mapJson(target.role, map),
        warnings,
        notes: source.read(text, context).notes ?? [],
      }
    },
  }
}

/** Whatever the words for it, no kernel makes a mount with such a map. */
function refuseForKernel<R extends Role>(role: R, map: MapOf<R>): void {
  if (role === 'mount') refuse(checkMountMap({ map: map as MapOf<'mount'> }))
}

function directionOf(role: Role): string {
  return `${DIRECTIONS[role].from} → ${DIRECTIONS[role].to}`
}

function containerOf({ container }: ReadContext, why: string): MapOf<'container'> {
  if (container) return container
  throw new UsageError(`${why}: say the container's own map with --container.`)
}

function written<R extends Role>(
  target: Syntax<R>,
  map: MapOf<R>,
  context: ReadContext,
  into: string | undefined,
): string {
  if (into === undefined) return target.format(map, context)
  if (target.rewrite) return target.rewrite(into, map, context)
  throw new UsageError(`${target.dialect} has no documents that a map could be put into; leave out --into.`)
}
