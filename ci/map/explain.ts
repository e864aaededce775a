import fs from 'node:fs/promises'
import { isId } from '../../lib/idmap/extent.ts'
import { checkMountMap } from '../../lib/idmap/mount-check.ts'
import type { Half } from '../../lib/idmap/problem.ts'
import type { Space } from '../../lib/idmap/space.ts'
import { OVERFLOW_ID, type Trace, traceId } from '../../lib/idmap/trace.ts'
import type { MapOf } from '../../lib/syntax/dialect.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { UsageError } from '../usage-error.ts'
import { type Answer, answerOrRefusal } from './answer.ts'
import { drawSpaces } from './drawing.ts'
import { type ContainerAndMount, readContainer, readMount } from './mount-input.ts'

export interface ExplainOptions extends ContainerAndMount {
  readonly disk?: string
  readonly host?: string
  readonly inside?: string
  readonly svg?: string
}

/** Follows one id through every space, extent by extent. */
export async function explain(options: ExplainOptions): Promise<Answer> {
  const start = startOf(options)
  const mount = options.mount === undefined ? undefined : await readMount(options.mount, options)
  return answerOrRefusal(async () => {
    const container = await readContainer(options)
    const resolved = mount?.mapFor(container.map)
    const maps: Maps = { container: container.map, mount: resolved?.map }
    const problems = resolved === undefined ? [] : checkMountMap({ map: resolved.map })
    const journeys = HALVES.map(half => journeyOf(half, start, maps))
    if (options.svg !== undefined) await write(options.svg, drawSpaces(maps, start))
    return {
      exitCode: problems.length === 0 ? ExitCode.pass : ExitCode.fail,
      lines: journeys.flatMap(({ traces, sentence }) => [...traces.map(String), `    ${sentence}`]),
      remarks: [
        container.description,
        mount?.description ?? 'no mount map: what is on the disk is what the host sees',
        ...(resolved?.warnings ?? []).map(({ message }) => `warning: ${message}`),
        ...problems.map(({ message }) => `refused: ${message}`),
      ],
      json: {
        ...Object.fromEntries(journeys.map(journey => [journey.half, journeyJson(journey)])),
        ...(problems.length > 0 && { refused: problems.map(told => ({ ...told, message: told.message })) }),
      },
    }
  })
}

const HALVES: readonly Half[] = ['uid', 'gid']

/** The maps between the three spaces; without a map of the mount, disk and host have the same ids. */
export interface Maps {
  readonly container: MapOf<'container'>
  readonly mount: MapOf<'mount'> | undefined
}

/** The id a question is about. */
export interface Start {
  readonly space: 'disk' | 'host' | 'container'
  readonly id: number
}

function startOf({ disk, host, inside }: ExplainOptions): Start {
  const given = [
    { space: 'disk', text: disk },
    { space: 'host', text: host },
    { space: 'container', text: inside },
  ] as const
  const [first, ...others] = given.flatMap(({ space, text }) => (text === undefined ? [] : [{ space, text }]))
  if (!first || others.length > 0)
    throw new UsageError('Say where the id is: one of --disk ID, --host ID and --inside ID.')
  const id = Number(first.text)
  if (!/^\d+$/.test(first.text) || !isId(id))
    throw new UsageError(`'${first.text}' is no id: ids are whole numbers from 0 to 4294967294.`)
  return { space: first.space, id }
}

/** A trace, wherever it has come to. */
type Followed = Pick<Trace<Space>, 'steps' | 'end' | 'toString'>

interface Journey {
  readonly half: Half
  readonly traces: readonly Followed[]
  readonly sentence: string
}

function journeyOf(half: Half, { space, id }: Start, maps: Maps): Journey {
  const container = maps.container[half]
  const mount = maps.mount?.[half]
  const toDisk = (trace: Trace<'host'>) => (mount ? trace.back('disk', mount) : trace.same('disk'))
  if (space === 'disk') {
    const start = traceId(half, 'disk', id)
    const host = mount ? start.along('host', mount) : start.same('host')
    const trace = host.back('container', container)
    return { half, traces: [trace], sentence: seen(half, host.end?.id, trace.end?.id) }
  }
  if (space === 'host') {
    const start = traceId(half, 'host', id)
    const [inside, disk] = [start.back('container', container), toDisk(start)]
    return { half, traces: [inside, disk], sentence: acting(half, inside.end?.id, disk.end?.id) }
  }
  const host = traceId(half, 'container', id).along('host', container)
  const disk = toDisk(host)
  return { half, traces: [disk], sentence: written(half, host.end?.id, disk.end?.id) }
}

const nobody = (half: Half) => `${OVERFLOW_ID} (${half === 'uid' ? 'nobody' : 'nogroup'})`

/** What happens to a file that has the id on disk. */
function seen(half: Half, host: number | undefined, inside: number | undefined): string {
  if (host === undefined)
    return `everybody sees ${nobody(half)}: the mount's map leaves this id out; changing such a file fails (EOVERFLOW, EACCES)`
  if (inside === undefined)
    return `the host sees ${host}, the container ${nobody(half)}: host ${host} is no id of the container`
  return `the host sees ${host}, the container ${inside}`
}

/** What a process with the id on the host does and is. */
function acting(half: Half, inside: number | undefined, disk: number | undefined): string {
  const shown = inside === undefined ? nobody(half) : `${inside}`
  const made = disk === undefined ? 'can make none (EOVERFLOW): the mount maps no id to it' : `makes them as ${disk}`
  return `in the container its files are ${shown}'s; on the disk it ${made}`
}

/** What a process with the id in the container is on the host and writes to the disk. */
function written(half: Half, host: number | undefined, disk: number | undefined): string {
  if (host === undefined) return `the container has no such ${half}: setting it, or giving a file to it, fails (EINVAL)`
  if (disk === undefined)
    return `it is ${host} on the host and can make no files (EOVERFLOW): the mount maps no id to it`
  return `it is ${host} on the host, and its files are ${disk}'s on the disk`
}

function journeyJson({ traces, sentence }: Journey) {
  return { traces: traces.map(({ steps, end }) => ({ steps, end: end ?? null })), sentence }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await fs.writeFile(path, text)
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${error instanceof Error ? error.message : error}`)
  }
}
