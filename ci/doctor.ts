import { statfs } from 'node:fs/promises'
import os from 'node:os'
import { chalk } from 'zx/core'
import { ExitCode } from '../scenarios/kit/exit-code.ts'
import { openCache } from '../vm/cache/cache.ts'
import { KvmVerdict, kvmOpens } from '../vm/qemu/accelerator.ts'
import { qemuVersion } from '../vm/qemu/process.ts'
import { installArguments, isInstalled, prerequisites } from './prerequisites.mjs'

type Finding = { readonly what: string; readonly state: 'ok' | 'missing' | 'note'; readonly detail: string }

/** Shows what this machine has and lacks; gives the exit code: 2 when a run could not work. */
export async function doctor(options: { readonly json?: boolean }): Promise<number> {
  const missing = prerequisites().filter(prerequisite => !isInstalled(prerequisite))
  const findings = [...machineFindings(), ...packageFindings(), await cacheFinding(), await kvmFinding()]
  const mend = missing.length === 0 ? undefined : `apt-get ${installArguments(missing).join(' ')}`
  const ok = findings.every(({ state }) => state !== 'missing')
  if (options.json) process.stdout.write(`${JSON.stringify({ ok, findings, mend: mend ?? null }, null, 2)}\n`)
  else process.stdout.write(`${[...findings.map(describe), ...advice(ok, mend)].join('\n')}\n`)
  return ok ? ExitCode.pass : ExitCode.error
}

function describe({ what, state, detail }: Finding): string {
  const mark = { ok: chalk.green('ok     '), missing: chalk.red('missing'), note: chalk.yellow('note   ') }[state]
  return `${mark}  ${what.padEnd(24)}  ${detail}`
}

function advice(ok: boolean, mend: string | undefined): string[] {
  if (mend !== undefined) return ['As root, run:', `    ${mend}`]
  return [
    ok
      ? 'Everything a run needs is here.'
      : 'What is missing is said above; nothing that can be installed would mend it.',
  ]
}

function machineFindings(): Finding[] {
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  const arch: Finding = {
    what: 'machine',
    state: process.arch === 'x64' ? 'ok' : 'missing',
    detail: `${process.arch}; guests and their agent are x86-64`,
  }
  return [
    arch,
    { what: 'node', state: 'ok', detail: process.version },
    {
      what: 'host',
      state: 'ok',
      detail: `Linux ${os.release()}, ${os.cpus().length} CPUs, ${gib(os.freemem())} of ${gib(os.totalmem())} free`,
    },
  ]
}

function packageFindings(): Finding[] {
  return prerequisites().map(prerequisite => ({
    what: prerequisite.package,
    state: isInstalled(prerequisite) ? 'ok' : 'missing',
    detail: prerequisite.why,
  }))
}

async function cacheFinding(): Promise<Finding> {
  const WANTED = 1e9
  try {
    const { dir } = await openCache()
    const { bavail, bsize } = await statfs(dir)
    const free = bavail * bsize
    return {
      what: 'cache',
      state: free < WANTED ? 'missing' : 'ok',
      detail: `${dir}, ${Math.floor(free / 1e6)} MB free, about 1000 MB wanted`,
    }
  } catch (error) {
    return { what: 'cache', state: 'missing', detail: error instanceof Error ? error.message : String(error) }
  }
}

async function kvmFinding(): Promise<Finding> {
  const what = 'kvm'
  if (!kvmOpens())
    return {
      what,
      state: 'note',
      detail: '/dev/kvm cannot be opened: guests run under TCG (emulation), which works and is slower',
    }
  try {
    const works = new KvmVerdict((await openCache()).dir, await qemuVersion()).get()
    if (works === undefined)
      return { what, state: 'note', detail: '/dev/kvm opens; the first guest will show whether it works' }
    if (works) return { what, state: 'ok', detail: 'a guest ran with it' }
    return { what, state: 'note', detail: '/dev/kvm opens, but the guest died at once: TCG (emulation) is used' }
  } catch {
    return { what, state: 'note', detail: '/dev/kvm opens; nothing could be tried' }
  }
}
