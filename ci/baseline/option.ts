import type { Command } from 'commander'

/** Adds what holds a run to a baseline. */
export function addBaselineOptions(command: Command): void {
  command
    .option('--baseline <file>', 'fail by what is worse than this file expects, and by nothing else')
    .option('--strict', 'fail by what is better than the baseline expects, too')
    .option('--update-baseline', 'write what comes out into the baseline, and fail by errors only')
}
