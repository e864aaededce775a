import { HarnessError } from '../../harness-error.ts'
import { runTool } from '../../tool.ts'

/** Runs debugfs(8) commands on an image in one process; returns what each wrote to stdout, in order. */
export async function runDebugfs(
  image: string,
  commands: readonly string[],
  options: { write?: boolean } = {},
): Promise<string[]> {
  if (commands.length === 0) return []
  const complaints: string[] = []
  const stdout = await runTool(['debugfs', ...(options.write ? ['-w'] : []), '-f', '-', image], {
    what: `reading ${image} with debugfs`,
    code: 'IMAGE_READ',
    input: `${commands.join('\n')}\n`,
    onLine: line => {
      if (/while trying to open|while opening|Filesystem not open/.test(line)) complaints.push(line)
    },
  })
  // It carries on without a file system, and ends well.
  const [first] = complaints
  if (first !== undefined) throw new HarnessError('IMAGE_READ', `debugfs cannot open ${image} as ext4: ${first}.`)
  return split(stdout, commands)
}

// Each command is echoed on a line of its own before what it prints.
function split(stdout: string, commands: readonly string[]): string[] {
  const answers: string[] = []
  let rest = stdout
  for (const [i, command] of commands.entries()) {
    const next = commands[i + 1]
    const echo = `debugfs: ${command}\n`
    rest = rest.slice(rest.indexOf(echo) + echo.length)
    answers.push(next === undefined ? rest : rest.slice(0, rest.indexOf(`debugfs: ${next}\n`)))
  }
  return answers
}
