import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import shared from '../../scenarios/ext4-shared-directory.ts'
import { directory, ext4, scenario } from '../../scenarios/kit/language.ts'
import { hostKernel } from '../../vm/kernel/host.ts'
import { requireNative } from '../../vm/native/requirements.ts'
import { inWords, startGuest, tell } from './lab.ts'

const IDMAPLAB = fileURLToPath(new URL('../../ci/idmaplab.mjs', import.meta.url))
const whyNot = reasonAgainst()
const plot = {
  title: 'a story for a test',
  promisedBy: 'nobody',
  needs: [],
  disks: { data: ext4({ shared: directory() }) },
}

describe.skipIf(whyNot !== undefined)(
  `this machine’s own kernel${whyNot === undefined ? '' : ` (left out: ${whyNot})`}`,
  () => {
    it('tells a story as a guest does, and says that it was native', async () => {
      const result = await tell(shared, undefined, {}, () => {}, { kernel: await hostKernel() })
      expect(result, inWords(result)).toMatchObject({ outcome: 'PASS', accelerator: 'native', kernel: release() })
      expect(result.rows.length).toBeGreaterThan(40)
    })

    it('a story fails there when something is broken on purpose', async () => {
      const result = await tell(shared, 'swapped-columns', {}, () => {}, { kernel: await hostKernel() })
      expect(result, inWords(result)).toMatchObject({ outcome: 'FAIL', code: 'EXPECTATION' })
      expect(fs.readdirSync(result.artifacts ?? '')).toEqual(
        expect.arrayContaining(['command.txt', 'console.log', 'data.img', 'dmesg.txt', 'repeat.sh', 'result.json']),
      )
    })

    it('the machine’s mounts, its settings and its name are out of reach', async () => {
      const before = machine()
      const seen: string[] = []
      const story = scenario(import.meta.url, plot, async ({ host, disks }) => {
        await host.mount(disks.data, '/mnt')
        seen.push(
          (await host.root.$`touch /proc/sys/kernel/hostname 2>&1; hostname elsewhere; umount -l /sys`.nothrow())
            .stdout,
        )
        await host.root.create('/etc/made-in-a-test')
        await host.root.isRefused('EROFS').create('/usr/made-in-a-test')
      })
      const result = await tell(story, undefined, {}, () => {}, { kernel: await hostKernel() })
      expect(result.outcome, inWords(result)).toBe('PASS')
      expect(seen.join()).toContain('Read-only file system')
      expect(machine()).toEqual(before)
      await vi.waitFor(() => expect(left(`/${story.name}/`)).toEqual([]))
      expect(fs.existsSync('/etc/made-in-a-test')).toBe(false)
    })

    it('an agent that is killed is an ERROR of its own', async () => {
      const story = scenario(import.meta.url, plot, async ({ host }) => {
        await host.root.$`kill -KILL $PPID; sleep 3600`
      })
      const result = await tell(story, undefined, {}, () => {}, { kernel: await hostKernel() })
      expect(result, inWords(result)).toMatchObject({ outcome: 'ERROR', code: 'AGENT_DIED' })
      expect(result.reason).toBe('The agent ended with status 137.')
      expect(result.details.join('\n')).toContain('idmaplab: the agent ended with status 137')
    })

    it('what belongs to a guest dies with it', async () => {
      const guest = await startGuest({}, 'host')
      const { code } = await guest.call(
        'process.run',
        { actor: 0, argv: ['sh', '-c', 'sleep 4711 >/dev/null 2>&1 &'], stdin: '' },
        () => {},
      )
      expect(code).toBe(0)
      expect(commands()).toContain('sleep 4711')
      await guest[Symbol.asyncDispose]()
      await vi.waitFor(() => expect(commands()).not.toContain('sleep 4711'))
    })

    it('a command that needs stdin gets it, and its exit code comes back', async () => {
      const child = execFile(process.execPath, [IDMAPLAB, 'shell', '--kernel', 'host', '--', 'sh', '-c', 'cat; exit 7'])
      child.stdin?.end('given')
      let said = ''
      child.stdout?.on('data', text => {
        said += text
      })
      expect(await once(child, 'close')).toEqual([7, null])
      expect(said).toBe('given')
    })

    it('a command that is not there is exit code 127, as in a shell', async () => {
      const argv = [IDMAPLAB, 'shell', '--kernel', 'host', '--', 'no-such-command']
      const { code, stderr } = await promisify(execFile)(process.execPath, argv).catch(error => error)
      expect([code, stderr]).toEqual([127, expect.stringContaining('no-such-command: not found\n')])
    })

    it('what a failed case leaves can’t be left in a file', async () => {
      const argv = [IDMAPLAB, 'run', '--kernel', 'host', '--artifacts', '/etc/passwd', 'ext4-shared-directory']
      const { code, stderr } = await promisify(execFile)(process.execPath, argv).catch(error => error)
      expect(stderr).toContain('idmaplab: Nothing can be left in /etc/passwd: it is not a directory')
      expect(code).toBe(64)
    })

    it('a harness that is killed at any moment leaves no loop device, no mount and no process', async () => {
      for (let moment = 0; moment < 6; moment++) {
        const owner = spawn(process.execPath, [
          IDMAPLAB,
          'shell',
          '--kernel',
          'host',
          '--',
          'sh',
          '-c',
          'echo up; sleep 4712',
        ])
        const ended = once(owner, 'close')
        // The last ones are killed while the command runs, the others at some point on the way there.
        const up = once(owner.stdout, 'data')
        await (moment < 4 ? Promise.race([up, aboutToBe(owner.pid ?? 0, moment)]) : up)
        owner.kill('SIGKILL')
        await ended
        await vi.waitFor(() => expect(left(directoryOf(owner.pid ?? 0))).toEqual([]), { timeout: 5000 })
      }
      expect(commands()).not.toContain('sleep 4712')
    })
  },
)

function reasonAgainst(): string | undefined {
  try {
    requireNative()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function machine() {
  return {
    mounts: fs.readFileSync('/proc/self/mountinfo', 'utf8'),
    name: fs.readFileSync('/proc/sys/kernel/hostname', 'utf8'),
  }
}

function commands(): string[] {
  return processes().map(({ command }) => command)
}

function processes(): { readonly pid: number; readonly command: string }[] {
  const pids = fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.flatMap(pid => {
    try {
      return [
        { pid: Number(pid), command: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() },
      ]
    } catch {
      return []
    }
  })
}

/** How the name of the directory begins that a harness with this pid makes its disks in. */
function directoryOf(pid: number): string {
  return `/tmp/run.${pid}-`
}

/** What has to do with a directory of this name: processes that were given it, disks that are in it. */
function left(mark: string): string[] {
  const loops = fs
    .readdirSync('/sys/block')
    .filter(name => name.startsWith('loop'))
    .map(name => `/sys/block/${name}/loop/backing_file`)
  const disks = loops.flatMap(file => {
    try {
      return [fs.readFileSync(file, 'utf8').trim()]
    } catch {
      return []
    }
  })
  return [...commands(), ...disks].filter(text => text.includes(mark))
}

/** Resolves when the harness has come so far: its namespaces are made, its disk is attached, … whatever it is the n-th time that something changes. */
async function aboutToBe(pid: number, changes: number): Promise<void> {
  let before = left(directoryOf(pid)).join()
  for (let seen = 0; seen < changes; ) {
    await new Promise(resolve => setImmediate(resolve))
    const now = left(directoryOf(pid)).join()
    if (now !== before) seen += 1
    before = now
  }
}
