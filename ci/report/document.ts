import type { Reporter } from '../events.ts'
import type { DocumentOutput } from './output.ts'
import { RunSoFar } from './run-so-far.ts'

/** A report that is one document: written anew with every verdict, so that it is whole whenever the run is cut off. */
export function documentReporter(output: DocumentOutput, render: (run: RunSoFar) => string): Reporter {
  const run = new RunSoFar()
  return {
    hear(event) {
      if (run.hear(event)) output.replace(render(run))
    },
    close: () => output.close(),
  }
}
