import { resolve } from 'node:path'
import type { HostKernel, Kernel } from '../../vm/kernel/source.ts'
import { exactName } from '../../vm/kernel/spec.ts'
import type { AcceleratorChoice } from '../../vm/qemu/accelerator.ts'
import { quoted } from './quoted.ts'
import type { Sabotage } from './sabotage.ts'
import type { Scenario } from './story.ts'

type Setting = {
  readonly kernel: Pick<Kernel | HostKernel, 'name' | 'givenModules' | 'package'>
  readonly accelerator: AcceleratorChoice
  readonly sabotage?: Sabotage
  readonly timeout?: number
}

/** The command that repeats this one case, with everything that made it what it is, from whatever directory. */
export function repeatCommand(story: Scenario, setting: Setting, seed: string | undefined): string {
  const { kernel, accelerator, sabotage, timeout } = setting
  return [
    ...['npx', 'idmaplab', 'run', story.name, '--kernel', quoted(exactName(kernel))],
    ...(kernel.givenModules === undefined ? [] : ['--modules', quoted(resolve(kernel.givenModules))]),
    ...(accelerator === 'auto' ? [] : ['--accel', accelerator]),
    ...(sabotage === undefined ? [] : ['--break', sabotage]),
    ...(seed === undefined ? [] : ['--seed', quoted(seed)]),
    ...(timeout === undefined ? [] : ['--timeout', String(timeout)]),
  ].join(' ')
}
