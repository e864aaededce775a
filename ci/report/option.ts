import type { Command } from 'commander'
import { REPORTERS } from './reporters.ts'

/** Adds what says where reports go. */
export function addReportOptions(command: Command): void {
  command
    .option('--json', 'the same as --reporter json')
    .option('--reporter <name[=file]>', `${REPORTERS.join(', ')}, on stdout or in a file; can be repeated`, collect)
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}
