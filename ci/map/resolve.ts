import { checkMountMap } from '../../lib/idmap/mount-check.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { type Answer, answerOrRefusal, mapJson, mapLines, refusal } from './answer.ts'
import { type ContainerAndMount, readContainer, readMount } from './mount-input.ts'

/** The map of a mount whose container and mount point are configured so: disk → host. */
export async function resolve(options: ContainerAndMount & { readonly mount: string }): Promise<Answer> {
  const mount = await readMount(options.mount, options)
  return answerOrRefusal(async () => {
    const container = await readContainer(options)
    const { map, warnings } = mount.mapFor(container.map)
    const problems = checkMountMap({ map })
    if (problems.length > 0) return refusal(problems)
    return {
      exitCode: ExitCode.pass,
      lines: mapLines('mount', map),
      remarks: [container.description, mount.description, ...warnings.map(({ message }) => `warning: ${message}`)],
      json: { ...mapJson('mount', map), ...(warnings.length > 0 && { warnings }) },
    }
  })
}
