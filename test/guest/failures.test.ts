import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import { promisify } from 'node:util'
import { dir as temporaryDirectory } from 'tmp-promise'
import { expect, it } from 'vitest'
import { directory, ext4, scenario, vfat } from '../../scenarios/kit/language.ts'
import { openCache } from '../../vm/cache/cache.ts'
import type { Guest } from '../../vm/guest/guest.ts'
import { openSession } from '../../vm/guest/session.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import { silent } from '../../vm/progress.ts'
import { inWords, startGuest, tell } from './lab.ts'

const asRoot = process.getuid?.() === 0
const testAsRoot = (sentence: string, act: () => Promise<void>) =>
  it.skipIf(!asRoot)(asRoot ? sentence : `${sentence} (left out: it mounts, which only root may)`, act)

const plot = {
  title: 'a story for a test',
  promisedBy: 'nobody',
  needs: [],
  disks: { data: ext4({ shared: directory() }) },
}

it('a kernel that panics in the middle of a story is a FAIL with its kind, its trace and the log’s path', async () => {
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    await host.root.$`echo c > /proc/sysrq-trigger`
  })
  const result = await tell(story)
  expect(result, inWords(result)).toMatchObject({ outcome: 'FAIL', code: 'KERNEL_TROUBLE', crash: { kind: 'panic' } })
  expect(result.crash?.trace.join('\n')).toMatch(
    /sysrq: Trigger a crash(.|\n)*Kernel panic - not syncing(.|\n)*Call Trace/,
  )
  const log = result.details.map(line => /console log: (.*)/.exec(line)?.[1]).find(path => path !== undefined)
  expect(await fs.readFile(log ?? '', 'utf8')).toContain('Kernel panic')
  expect(result.details.join('\n')).toContain('QEMU command line: qemu-system-x86_64 ')
  // Through pvpanic: it would be known also if the console said nothing.
  expect(await fs.readFile(`${result.artifacts}/qmp.log`, 'utf8')).toContain('"event": "GUEST_PANICKED"')
})

it('a guest whose kernel complained can be entered by who keeps it', async () => {
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    await host.root.$`echo 'WARNING: CPU: 0 PID: 1 at fs/made-up.c:1 made_up' > /dev/kmsg; sleep 3600`
  })
  const kept: Guest[] = []
  const adopt = async (guest: Guest) => {
    kept.push(guest)
    return 'the way in'
  }
  const result = await tell(story, undefined, {}, undefined, { adopt })
  await using guest = kept[0]
  expect(result, inWords(result)).toMatchObject({
    code: 'KERNEL_TROUBLE',
    crash: { kind: 'WARNING' },
    enter: 'the way in',
  })
  const said: string[] = []
  const command = { argv: ['echo', 'still here'], environment: {}, terminal: null }
  const session = guest && openSession(guest, command, (_stream, data) => said.push(data.toString()))
  expect(await session?.ended).toEqual({ code: 0, signal: null })
  expect(said.join('')).toBe('still here\n')
})

it('a guest that stops answering is an ERROR that names what was asked of it', async () => {
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    await host.root.$`kill -STOP $PPID; sleep 3600`
  })
  const result = await tell(story, undefined, { limits: { call: 500 } })
  expect(result, inWords(result)).toMatchObject({ outcome: 'ERROR', code: 'GUEST_HUNG' })
  expect(result.reason).toMatch(/did not answer process\.run within/)
})

it('a kernel without the modules for the root disk says so instead of hanging', async () => {
  const cache = await openCache()
  const { name, version, image, id } = await resolveKernel('6.12', { cache, progress: silent })
  const boot = startGuest({ kernel: { name, version, image, id: `${id}-bare` } })
  await expect(boot).rejects.toThrow(HarnessError)
  await expect(boot).rejects.toThrow(
    /The guest did not come up: no virtio or NVMe disk with the serial number idmaplab-root/,
  )
})

it('a kernel of Debian’s that lost its modules boots with its disks on NVMe; what was a module is a SKIP before any boot', async () => {
  const cache = await openCache()
  const { modules: _modules, config: _config, ...lost } = await resolveKernel('6.12', { cache, progress: silent })
  const setting = { kernel: { ...lost, id: `${lost.id}-lost` } }
  const story = scenario(import.meta.url, plot, async ({ host, disks }) => {
    await host.mount(disks.data, '/srv')
    await host.root.create('/srv/shared/made')
    disks.data.holds('shared/made', '')
  })
  let commandLine = ''
  const opened = (guest: Guest): void => {
    commandLine = guest.commandLine
  }
  const result = await tell(story, undefined, {}, opened, setting)
  expect(result, inWords(result)).toMatchObject({ outcome: 'PASS' })
  expect(commandLine).toContain('"driver":"nvme"')
  const stick = { ...story, disks: { stick: vfat({}, { uid: 0, gid: 0 }) } }
  expect(await tell(stick, undefined, {}, () => {}, setting)).toMatchObject({
    outcome: 'SKIP',
    reason: 'this kernel has no vfat (neither built in nor as a module)',
  })
})

it('a file that only looks like a kernel ends the run with QEMU’s words or the silence of its console', async () => {
  const cache = await openCache()
  await using place = await cache.temporary()
  const kernel = await resolveKernel('6.12', { cache, progress: silent })
  const image = `${place.path}/vmlinuz`
  await fs.writeFile(image, (await fs.readFile(kernel.image)).subarray(0, 256 * 1024))
  const boot = startGuest({ kernel: { ...kernel, image, id: 'cut-short' }, limits: { boot: 500 }, accelerator: 'tcg' })
  await expect(boot).rejects.toThrow(/^The guest did not come up: /)
})

it('a command’s output, exit code and quoting are zx’s own, whoever runs it', async () => {
  const seen: string[] = []
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    const awkward = `it's "quoted" $HOME`
    seen.push((await host.root.$`echo ${awkward}`).stdout)
    const user = await host.user(1005)
    seen.push((await user.$`id -u; echo problem >&2; exit 3`.nothrow()).toString())
    const failed = await user.$`echo problem >&2; exit 3`.nothrow()
    seen.push(`${failed.exitCode} ${failed.stderr}`)
    seen.push((await host.root.$({ input: 'given' })`cat`).stdout)
    await host.root.isRefused('ENOENT').unlink('/nowhere')
  })
  const result = await tell(story)
  expect(result.outcome, inWords(result)).toBe('PASS')
  expect(seen).toEqual([`it's "quoted" $HOME\n`, '1005\nproblem\n', '3 problem\n', 'given'])
})

it('a guest dies with its harness, also when the harness is killed with SIGKILL', async () => {
  const owner = execFile(process.execPath, ['--import', 'tsx', new URL('guest-owner.ts', import.meta.url).pathname])
  const pid = await new Promise<number>((resolve, reject) => {
    owner.stdout?.on('data', (line: string) => resolve(Number(/guest (\d+)/.exec(line)?.[1])))
    owner.on('exit', code => reject(new Error(`the owner ended with ${code}`)))
  })
  await expect(fs.readFile(`/proc/${pid}/cmdline`, 'utf8')).resolves.toContain('qemu-system-x86_64')
  const gone = promisify(execFile)('tail', [`--pid=${pid}`, '-f', '/dev/null'])
  owner.removeAllListeners('exit')
  owner.kill('SIGKILL')
  await gone
  await expect(fs.stat(`/proc/${pid}`)).rejects.toThrow('ENOENT')
})

it('a QEMU that is killed in the middle of a story is an ERROR of its own', async () => {
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    await host.root.$`sleep 3600`
  })
  const result = await tell(story, undefined, {}, guest => void setImmediate(() => process.kill(guest.pid, 'SIGKILL')))
  expect(result, inWords(result)).toMatchObject({ outcome: 'ERROR', code: 'QEMU_DIED' })
  expect(result.reason).toBe('QEMU was killed by SIGKILL.')
})

it('a story that takes longer than it may is an ERROR that says what it did last', async () => {
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    await host.root.$`sleep 3600`
  })
  const result = await tell(story, undefined, {}, undefined, { timeout: 0.1 })
  expect(result, inWords(result)).toMatchObject({ outcome: 'ERROR', code: 'CASE_TIMEOUT' })
  expect(result.reason).toMatch(/last thing asked of the guest was: process\.run .*sleep 3600/)
  expect(await fs.readdir(result.artifacts ?? '')).toEqual(
    expect.arrayContaining(['console.log', 'data.img', 'dmesg.txt', 'qemu-command.txt', 'qmp.log', 'result.json']),
  )
})

testAsRoot(
  'a disk that fills up while the guest writes to its own is said at once, and is no fault of the kernel’s',
  async () => {
    const place = await temporaryDirectory({ unsafeCleanup: true })
    await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', place.path])
    try {
      const large = { ...plot, disks: { data: ext4({ shared: directory() }, { sizeMiB: 64 }) } }
      const story = scenario(import.meta.url, large, async ({ host, disks }) => {
        await host.mount(disks.data, '/srv')
        await host.root.$`dd if=/dev/urandom of=/srv/shared/large bs=1M count=40 conv=fsync`
      })
      const result = await tell(story, undefined, {}, undefined, { artifacts: place.path })
      expect(result, inWords(result)).toMatchObject({ outcome: 'ERROR', code: 'DISK_FULL' })
      expect(result.reason).toMatch(
        /^There is no room for what the guest writes to its disks in .*: 0 MB are free; make room/,
      )
    } finally {
      await promisify(execFile)('umount', [place.path])
      await place.cleanup()
    }
  },
)

it('a kernel that complains in the last moment of a story is a FAIL with every claim there is, not a PASS', async () => {
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    await host.root.isRefused('ENOENT').unlink('/nowhere')
    await host.root.$`echo 'WARNING: CPU: 0 PID: 1 at fs/namespace.c:1 made_up+0x1/0x2' > /dev/kmsg`
  })
  const result = await tell(story)
  expect(result, inWords(result)).toMatchObject({ outcome: 'FAIL', code: 'KERNEL_TROUBLE', crash: { kind: 'WARNING' } })
  expect(result.reason).toMatch(/trouble \(WARNING\): .*made_up/)
  expect(result.checks).toHaveLength(1)
})

it('what a story leaves running does not keep the guest from letting go of its disks', async () => {
  const story = scenario(import.meta.url, plot, async ({ host, disks, says }) => {
    await host.mount(disks.data, '/srv')
    says('a command', await host.root.$`cd /srv; sleep 3600 < /dev/null > /dev/null 2>&1 & echo started`, 'started\n')
  })
  const result = await tell(story)
  expect(result.outcome, inWords(result)).toBe('PASS')
})

it('a command that is not there says nothing about the kernel: ERROR', async () => {
  const story = scenario(import.meta.url, plot, async ({ host }) => {
    await host.root.$`no-such-command`
  })
  const result = await tell(story)
  expect(result.outcome, inWords(result)).toBe('ERROR')
  expect(result.reason).toContain('not found')
})
