import { stat } from 'node:fs/promises'
import { version as build, release } from 'node:os'
import type { HostKernel } from './source.ts'

/** What is known of the kernel this machine runs. */
export async function hostKernel(): Promise<HostKernel> {
  const version = release()
  const modules = await firstThere([`/lib/modules/${version}`])
  const config = await firstThere([`/boot/config-${version}`, `/lib/modules/${version}/config`, '/proc/config.gz'])
  return {
    name: 'host',
    native: true,
    version,
    id: `${version} ${build()}`,
    ...(modules === undefined ? {} : { modules }),
    ...(config === undefined ? {} : { config }),
  }
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await stat(path).catch(() => undefined)) !== undefined) return path
  return undefined
}
