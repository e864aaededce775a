// Runs in a guest: the checks of test/lib/kernel/checks on a vfat stick and an ext4 disk; prints a line for each, for idmapped-mounts.test.ts.
import fs from 'node:fs'
import { here } from '../../../lib/kernel/caller.ts'
import { mountFilesystem, unmount } from '../../../lib/kernel/mount.ts'
import { mounting } from '../../lib/kernel/checks/mounting.ts'
import { refusals } from '../../lib/kernel/checks/refusals.ts'
import { restrictions } from '../../lib/kernel/checks/restrictions.ts'
import { clearStage, setStage } from '../../lib/kernel/checks/stage.ts'

for (const type of ['vfat', 'ext4']) {
  const directory = `/srv/${type}`
  const source = `${directory}/source`
  fs.mkdirSync(source, { recursive: true })
  mountFilesystem(here(), { source: device(type), target: source, type, options: type === 'vfat' ? 'uid=7,gid=7' : '' })
  const stage = setStage(directory, type)
  for (const { sentence, run } of [...mounting, ...refusals, ...restrictions]) {
    const wrong = await failureOf(() => run(stage))
    clearStage(stage)
    process.stdout.write(`${JSON.stringify({ type, sentence, wrong })}\n`)
  }
  unmount(here(), source)
}

async function failureOf(act: () => void | Promise<void>): Promise<string | null> {
  try {
    await act()
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

function device(serial: string): string {
  const disk = fs.readdirSync('/sys/block').find(name => serialOf(name) === serial)
  return `/dev/${disk}`
}

function serialOf(disk: string): string | undefined {
  const file = `/sys/block/${disk}/serial`
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : undefined
}
