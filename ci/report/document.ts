import type { Reporter } from '../events.ts'
import type { DocumentOutput } from './output.ts'
import { RunRecord } from './record.ts'

/** A report that is one document: written anew with every verdict, so that it is whole whenever the run is cut off. */
export function documentReporter(output: DocumentOutput, render: (record: RunRecord) => string): Reporter {
  const record = new RunRecord()
  return {
    hear(event) {
      if (record.hear(event)) output.replace(render(record))
    },
    close: () => output.close(),
  }
}
