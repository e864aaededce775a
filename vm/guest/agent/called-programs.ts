import vm from 'node:vm'
import type { Requests } from '../protocol.ts'

type Main = (argument: unknown) => unknown

const loaded = new Map<string, Main>()

/** Takes in a program that came as `bundleForAgent` makes it; like the agent's own code it comes from the host, over the agent's port. */
export function loadProgram({ name, code }: Requests['program.load']): void {
  const module: { exports: { main?: Main } } = { exports: {} }
  vm.compileFunction(code, ['require', 'module'], { filename: name })(require, module)
  if (module.exports.main === undefined) throw new Error(`the program ${name} has no main`)
  loaded.set(name, module.exports.main)
}

/** Calls what a program exports as `main`, in this process. */
export async function callProgram({ name, argument }: Requests['program.call']): Promise<unknown> {
  const main = loaded.get(name)
  if (main === undefined) throw new Error(`the program ${name} was not loaded`)
  return (await main(argument)) ?? null
}
