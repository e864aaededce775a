import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type DirectoryResult, dir as temporaryDirectory } from 'tmp-promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { madeReady } from './ready.ts'
import { commandsOf, jobOf, pathsOf, readWorkflow, type Workflow } from './workflow.ts'

await madeReady('6.12')

const top = fileURLToPath(new URL('../..', import.meta.url))
const WORKFLOW = path.join(top, 'ci/github/idmaplab.yml')
const INPUTS = { kernels: '6.12', scenarios: 'vfat-usb-stick ext4-shared-directory', baseline: '' }

let workflow: Workflow
let directory: DirectoryResult
beforeAll(async () => {
  workflow = await readWorkflow(WORKFLOW)
  directory = await temporaryDirectory({ unsafeCleanup: true })
})
afterAll(() => directory.cleanup())

/** What actions/checkout leaves: the files of this checkout, in a directory of the job's own. */
function checkOut(job: string): string {
  const place = path.join(directory.path, job)
  fs.mkdirSync(place)
  for (const name of fs.readdirSync(top)) fs.symlinkSync(path.join(top, name), path.join(place, name))
  return place
}

async function runJob(job: string, context: Record<string, unknown>, place: string, more: Record<string, string> = {}) {
  const ended = []
  for (const { script, env } of commandsOf(workflow, job, { ...inputs(), ...context })) {
    // As the runner does in a container that has no bash of its own choice.
    const child = spawn('sh', ['-e', '-c', script], {
      cwd: place,
      env: { ...process.env, CI: 'true', ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    ended.push({ code, stdout, stderr })
  }
  return ended
}

const inputs = () => Object.fromEntries(Object.entries(INPUTS).map(([name, value]) => [`inputs.${name}`, value]))

test('the workflow’s commands tell its shards and judge the whole, just as they are written', async () => {
  // npm start would install them anew, under the feet of whoever else runs tests here.
  const [installed, wanted] = ['node_modules/.package-lock.json', 'package-lock.json'].map(
    name => fs.statSync(path.join(top, name)).mtimeMs,
  )
  expect(installed, 'the Node packages are older than package-lock.json: run npm ci').toBeGreaterThanOrEqual(
    wanted ?? 0,
  )
  expect(Object.keys(workflow.on.workflow_dispatch.inputs).sort()).toEqual(Object.keys(INPUTS).sort())

  const shards = jobOf(workflow, 'shard').strategy?.matrix.shard ?? []
  expect(shards).toEqual([1, 2])
  const whole = checkOut('whole')
  const [reports = ''] = pathsOf(workflow, 'whole', 'actions/download-artifact')
  fs.mkdirSync(path.join(whole, reports))
  for (const shard of shards) {
    const place = checkOut(`shard-${shard}`)
    const context = { 'matrix.shard': shard, 'strategy.job-total': shards.length }
    const [told] = await runJob('shard', context, place)
    expect(told?.code, told?.stderr).toBe(0)
    const [uploaded = ''] = pathsOf(workflow, 'shard', 'actions/upload-artifact')
    fs.cpSync(path.join(place, uploaded), path.join(whole, reports), { recursive: true })
  }

  const summary = path.join(directory.path, 'summary.md')
  const [judged] = await runJob('whole', {}, whole, { GITHUB_STEP_SUMMARY: summary })
  expect(judged?.code, judged?.stderr).toBe(0)
  const [kept = ''] = pathsOf(workflow, 'whole', 'actions/upload-artifact')
  const keptFile = (name: string) => fs.readFileSync(path.join(whole, kept, name), 'utf8')
  const document = JSON.parse(keptFile('idmaplab.json'))
  expect(document.verdicts.map((verdict: { case: { scenario: string } }) => verdict.case.scenario).sort()).toEqual(
    INPUTS.scenarios.split(' ').sort(),
  )
  expect(document.verdicts.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['PASS', 'PASS'])
  expect(keptFile('idmaplab.ktap')).toMatch(/^ok 1 Linux 6\.12/m)
  expect(keptFile('junit.xml')).toContain('tests="2" failures="0" errors="0"')
  expect(fs.readFileSync(summary, 'utf8')).toContain('## idmaplab: 2 PASS')
}, 600_000)

test('a shard that never reported is missing from the whole, which is not well then', async () => {
  const place = checkOut('half')
  const [reports = ''] = pathsOf(workflow, 'whole', 'actions/download-artifact')
  fs.cpSync(path.join(directory.path, 'shard-1', reports), path.join(place, reports), { recursive: true })
  const [judged] = await runJob('whole', {}, place)
  expect(judged?.code).toBe(2)
  expect(judged?.stderr).toContain('shard 2/2 is missing')
})
