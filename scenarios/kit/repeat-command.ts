import { quote } from 'zx'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import { exactName } from '../../vm/kernel/spec.ts'
import type { AcceleratorChoice } from '../../vm/qemu/accelerator.ts'
import type { Sabotage } from './sabotage.ts'
import type { Scenario } from './story.ts'

type Setting = {
  readonly kernel: Pick<Kernel | HostKernel, 'name' | 'givenModules' | 'package'>
  readonly accelerator: AcceleratorChoice
  readonly sabotage?: Sabotage
  readonly timeout?: number
}

/** The command that repeats this one case, with everything that made it what it is. */
export function repeatCommand(story: Scenario, setting: Setting, seed: string | undefined): string {
  const { kernel, accelerator, sabotage, timeout } = setting
  return [
    ...['npx', 'idmaplab', 'run', story.name, '--kernel', quote(exactName(kernel))],
    ...(kernel.givenModules === undefined ? [] : ['--modules', quote(kernel.givenModules)]),
    ...(accelerator === 'auto' ? [] : ['--accel', accelerator]),
    ...(sabotage === undefined ? [] : ['--break', sabotage]),
    ...(seed === undefined ? [] : ['--seed', seed]),
    ...(timeout === undefined ? [] : ['--timeout', String(timeout)]),
  ].join(' ')
}
