import { IdmaplabError } from '../../lib/error.ts'
import { openCache } from '../../vm/cache/cache.ts'
import { openGuest } from '../../vm/guest/open.ts'
import { resolveSpec } from '../../vm/kernel/resolve.ts'
import { parseKernelSpec } from '../../vm/kernel/spec.ts'
import type { Progress } from '../../vm/progress.ts'
import { exitCodeOf, exitCodeOfError } from './exit-code.ts'
import { runScenario } from './run.ts'
import type { Scenario } from './story.ts'
import { renderResult } from './table.ts'

const plain: Progress = {
  step: (title, work) => {
    console.error(title)
    return work(() => {})
  },
  note: line => console.error(line),
}

/** What happens when a scenario's own file is executed: it is told once, on the kernel `$KERNEL` or the default one. */
export async function runAlone(story: Scenario): Promise<void> {
  try {
    const cache = await openCache()
    const kernel = await resolveSpec(parseKernelSpec(process.env.KERNEL ?? '6.12'), { cache, progress: plain })
    const result = await runScenario(story, {
      kernel,
      open: openGuest,
      cache,
      accelerator: 'auto',
      progress: plain,
      artifacts: await cache.logs(),
    })
    console.log(renderResult(result))
    process.exitCode = exitCodeOf([result.outcome])
  } catch (error) {
    console.error(error instanceof IdmaplabError ? error.message : error)
    process.exitCode = exitCodeOfError(error)
  }
}
