import type { Reporter, RunEvent } from '../../../ci/events.ts'
import type { DocumentOutput, LineOutput } from '../../../ci/report/output.ts'

/** What a report has written so far. */
export class Collected implements LineOutput, DocumentOutput {
  text = ''
  closed = false

  write(lines: string): void {
    this.text += lines
  }

  replace(document: string): void {
    this.text = document
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

/** The whole report of a run. */
export function reported(reporterOf: (output: Collected) => Reporter, events: readonly RunEvent[]): string {
  const output = new Collected()
  const reporter = reporterOf(output)
  for (const event of events) reporter.hear(event)
  return output.text
}

/** What there is of a report after each event, as if the run had been killed there. */
export function cutAtEvery(reporterOf: (output: Collected) => Reporter, events: readonly RunEvent[]): string[] {
  const output = new Collected()
  const reporter = reporterOf(output)
  return events.map(event => {
    reporter.hear(event)
    return output.text
  })
}
