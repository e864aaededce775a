import { outsideContainer, type ResolvedMount, resolveMountMap } from '../../lib/idmap/resolve.ts'
import type { MapOf, ReadContext } from '../../lib/syntax/dialect.ts'
import { dialectNamed, recognise } from '../../lib/syntax/registry.ts'
import { choose, described, mapOf } from './choice.ts'
import { readInput } from './input.ts'

/** What is said about a container and one of its mounts, as options of a command. */
export interface ContainerAndMount {
  readonly container: string
  readonly mount?: string
  readonly containerDialect?: string
  readonly mountDialect?: string
  /** Which mount of a configuration that has several. */
  readonly target?: string
}

/** A container's map, and which text it was read from. */
export interface ContainerInput {
  readonly description: string
  readonly map: MapOf<'container'>
}

/** A text about a mount: either what it does otherwise than its container, or the mount's own map. */
export interface MountInput {
  readonly description: string
  mapFor(container: MapOf<'container'>): ResolvedMount
}

export async function readContainer(options: ContainerAndMount): Promise<ContainerInput> {
  const input = await readInput(options.container, '--container')
  const chosen = choose('container', input, options.containerDialect, '--container-dialect')
  return { description: described(chosen), map: mapOf(chosen) }
}

/** Exceptions before mount maps: `u:1005:1005:1` is read as Proxmox has it unless another dialect is named. */
export async function readMount(text: string, { mountDialect, target }: ContainerAndMount): Promise<MountInput> {
  const input = await readInput(text, '--mount')
  const context = (container: MapOf<'container'>): ReadContext => ({
    container,
    ...(target !== undefined && { target }),
  })
  const hasExceptions =
    mountDialect === undefined
      ? recognise(input.text, 'exceptions') !== undefined
      : dialectNamed(mountDialect).roles.exceptions !== undefined
  if (hasExceptions) {
    const chosen = choose('exceptions', input, mountDialect, '--mount-dialect')
    return {
      description: described(chosen),
      mapFor: container => resolveMountMap({ container, exceptions: mapOf(chosen, context(container)) }),
    }
  }
  const chosen = choose('mount', input, mountDialect, '--mount-dialect')
  return {
    description: described(chosen),
    mapFor: container => {
      const map = mapOf(chosen, context(container))
      return { map, warnings: outsideContainer({ container, mount: map }) }
    },
  }
}
