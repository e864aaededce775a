import { $ } from 'zx'
import { HarnessError } from '../../harness-error.ts'
import { toolEnvironment } from '../tools.ts'

/** Runs debugfs(8) commands on an image in one process; returns what each wrote to stdout, in order. Its exit code is 0 even for a file it cannot open. */
export async function runDebugfs(
  image: string,
  commands: readonly string[],
  options: { write?: boolean } = {},
): Promise<string[]> {
  if (commands.length === 0) return []
  const mode = options.write ? ['-w'] : []
  const output = await $({
    quiet: true,
    nothrow: true,
    env: toolEnvironment,
    input: `${commands.join('\n')}\n`,
  })`debugfs ${mode} -f - ${image}`
  const refusal = /^debugfs: (.* while trying to open .*)$/m.exec(output.stderr)
  if (output.exitCode !== 0 || refusal !== null) {
    const said = refusal?.[1] ?? output.stderr.trim().split('\n').at(-1) ?? ''
    throw new HarnessError('IMAGE_READ', `debugfs cannot open ${image} as ext4: ${said}.`)
  }
  return split(output.stdout, commands)
}

// Each command is echoed on a line of its own before what it prints.
function split(stdout: string, commands: readonly string[]): string[] {
  const answers: string[] = []
  let rest = stdout
  for (const [i, command] of commands.entries()) {
    const next = commands[i + 1]
    rest = rest.slice(rest.indexOf(`debugfs: ${command}\n`) + `debugfs: ${command}\n`.length)
    const end = next === undefined ? rest.length : rest.indexOf(`debugfs: ${next}\n`)
    answers.push(rest.slice(0, end))
  }
  return answers
}
