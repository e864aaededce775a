// What `npm start` and `npm test` run: sees to it that everything is there, then does it. Plain JavaScript without
// imports from node_modules, because on a first run there are none.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { installArguments, missingPrerequisites } from './prerequisites.mjs'

const ERROR = 2
/** A story for each file system: what a newcomer sees within seconds. */
const FIRST_STORIES = ['ext4-shared-directory', 'vfat-usb-stick', 'overlay-shared-rootfs']
const top = fileURLToPath(new URL('..', import.meta.url))
const [task = 'start', ...rest] = process.argv.slice(2)

requireNode(20, 19)
installNodePackages()
installDebianPackages()
if (task === 'test') process.exitCode = test(rest)
else await start(rest)

// In this very process: who ends it ends the guest.
async function start(args) {
  if (args.length === 0) say(`telling ${FIRST_STORIES.join(', ')}; npx idmaplab run tells every story`)
  process.argv = [process.execPath, 'idmaplab', ...(args.length === 0 ? ['run', ...FIRST_STORIES] : args)]
  await import('./idmaplab.mjs')
}

function test(args) {
  return (
    node(['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings']) ||
    node(['node_modules/typescript/bin/tsc', '--noEmit']) ||
    node(['node_modules/knip/bin/knip.js']) ||
    node(['node_modules/vitest/vitest.mjs', 'run', ...args])
  )
}

function requireNode(major, minor) {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number)
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return
  stop(`idmaplab needs Node ${major}.${minor} or newer, this is ${process.version}: install a newer one.`)
}

// The lock file npm leaves in node_modules says which package-lock.json they were installed from.
function installNodePackages() {
  const installed = path.join(top, 'node_modules/.package-lock.json')
  const wanted = path.join(top, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return
  say('installing the Node packages (npm ci)')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: top, stdio: ['ignore', 2, 2] })
  if (status !== 0)
    stop(`npm ci ended with status ${status}: its own words are above; with no network it works from npm's cache only.`)
}

function installDebianPackages() {
  const missing = missingPrerequisites()
  if (missing.length === 0) return
  const line = ['apt-get', ...installArguments(missing)].join(' ')
  if (process.getuid?.() !== 0) stop(`Some Debian packages are missing; as root, run:\n    ${line}`)
  say(`installing Debian packages: ${missing.map(prerequisite => prerequisite.package).join(' ')}`)
  apt(['update'])
  apt(installArguments(missing))
  const still = missingPrerequisites()
  if (still.length > 0)
    stop(`apt-get said it was done, but these are still missing: ${still.map(p => p.command ?? p.file).join(', ')}.`)
}

function apt(args) {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stderr, error } = spawnSync('apt-get', ['--quiet', ...args], { env: environment, encoding: 'utf8' })
  if (status === 0) return
  const said = (error?.message ?? stderr)
    .split('\n')
    .filter(line => line.startsWith('E:') || error)
    .slice(0, 3)
    .join(' ')
  stop(`apt-get ${args.join(' ')} failed: ${said || `status ${status}`}`)
}

function node(args) {
  const argv = ['--pdeathsig', 'KILL', '--', process.execPath, ...args]
  const { status, signal } = spawnSync('setpriv', argv, { cwd: top, stdio: 'inherit' })
  return signal === null ? (status ?? ERROR) : ERROR
}

function say(line) {
  process.stderr.write(`idmaplab: ${line}\n`)
}

function stop(sentence) {
  say(sentence)
  process.exit(ERROR)
}
