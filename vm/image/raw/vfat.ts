import { $ } from 'zx'

const mtools = { quiet: true, nothrow: true, env: { ...process.env, MTOOLS_SKIP_CHECK: '1' } } as const

/** The bytes of a file of a vfat image; `undefined` if it is not there. */
export async function vfatContents(image: string, path: string): Promise<Buffer | undefined> {
  const output = await $({ ...mtools, encoding: 'latin1' })`mtype -i ${image} ${`::/${path}`}`
  return output.exitCode === 0 ? Buffer.from(output.stdout, 'latin1') : undefined
}

/** Every path of a vfat image, directories with a trailing slash. */
export async function vfatPaths(image: string): Promise<string[]> {
  const output = await $(mtools)`mdir -b -/ -i ${image} ::`
  return output.stdout
    .split('\n')
    .filter(line => line.startsWith('::/'))
    .map(line => line.slice('::/'.length))
}
