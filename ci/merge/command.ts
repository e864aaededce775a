import type { Command } from 'commander'
import { addBaselineOptions } from '../baseline/option.ts'
import { addReportOptions } from '../report/option.ts'
import { type MergeOptions, merge } from './merge.ts'

/** Adds `merge`. */
export function addMergeCommand(idmaplab: Command, setExitCode: (code: number) => void): void {
  const command = idmaplab
    .command('merge')
    .description('make one run of the JSON reports of its shards: report it as run does, and end as it would have')
    .argument('<report...>', 'what the shards wrote with --reporter json=FILE')
    .action(async (files: string[], options: MergeOptions) => {
      setExitCode(await merge(files, options))
    })
  addReportOptions(command)
  addBaselineOptions(command)
}
