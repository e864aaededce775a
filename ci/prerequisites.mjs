// Plain JavaScript without imports from node_modules: it runs before they are there.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * A Debian package, and the command or file by which it is known to be there.
 * @typedef {{ package: string, command?: string, file?: string, why: string }} Prerequisite
 */

/** @returns {Prerequisite[]} */
export function prerequisites() {
  return JSON.parse(readFileSync(new URL('debian-packages.json', import.meta.url), 'utf8'))
}

/** An ordinary user's PATH has no sbin, and debugfs, depmod and mkfs.vfat live there. */
export const searchPath = `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`

/** @param {Prerequisite} prerequisite */
export function isInstalled({ command, file }) {
  if (file !== undefined) return existsSync(file)
  return searchPath.split(path.delimiter).some(directory => isExecutable(path.join(directory, command ?? '')))
}

/** @returns {Prerequisite[]} */
export function missingPrerequisites() {
  return prerequisites().filter(prerequisite => !isInstalled(prerequisite))
}

/** @param {readonly Prerequisite[]} missing */
export function installArguments(missing) {
  return ['install', '--yes', '--no-install-recommends', ...missing.map(prerequisite => prerequisite.package)]
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
