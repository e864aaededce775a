import { inspectPath } from '../lib/kernel/inspect/inspect.ts'
import { inspectProcess } from '../lib/kernel/inspect/process.ts'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { jsonInspection } from './inspect-json.ts'
import { renderPathInspection } from './inspect-path-table.ts'
import { renderProcessInspection } from './inspect-process-table.ts'
import { pidOf } from './pid-option.ts'
import { UsageError } from './usage-error.ts'

export type InspectOptions = { readonly pid?: string; readonly json?: boolean }

/** Shows who a path's ids are, or who a process is; gives the exit code. */
export function inspect(path: string | undefined, options: InspectOptions): number {
  const pid = options.pid === undefined ? undefined : pidOf('--pid', options.pid)
  if (path === undefined && pid === undefined)
    throw new UsageError('What shall be inspected? Give a path, a process by --pid, or both.')
  const [document, text] = path === undefined ? ofProcess(pid ?? process.pid) : ofPath(path, pid)
  process.stdout.write(options.json ? document() : `${text()}\n`)
  return ExitCode.pass
}

type Forms = readonly [document: () => string, text: () => string]

function ofPath(path: string, pid: number | undefined): Forms {
  const found = inspectPath(path, pid === undefined ? {} : { pid })
  return [() => jsonInspection(found), () => renderPathInspection(found)]
}

function ofProcess(pid: number): Forms {
  const found = inspectProcess(pid)
  return [() => jsonInspection(found), () => renderProcessInspection(found)]
}
