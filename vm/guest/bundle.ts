import fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import type { Cache } from '../cache/cache.ts'
import { fingerprint } from '../cache/fingerprint.ts'

const LOADER = fileURLToPath(new URL('agent/loader.ts', import.meta.url))
const AGENT = fileURLToPath(new URL('agent/main.ts', import.meta.url))
const NATIVE = fileURLToPath(new URL('agent/native.ts', import.meta.url))
const KOFFI_BINARY = '@koromix/koffi-linux-x64'

/** A directory with what a guest boots with beside Node: the loader, and koffi's native part. */
export type LoaderDirectory = { readonly dir: string; readonly id: string }

/** Bundles the loader, which boots with the guest and knows nothing of `lib/`. */
export async function bundleLoader(cache: Cache): Promise<LoaderDirectory> {
  const [code, native] = await Promise.all([bundle(LOADER, { format: 'esm' }), nativePart()])
  const id = fingerprint(code, native)
  const dir = await cache.entry('loaders', id, async into => {
    await fs.writeFile(path.join(into, 'loader.mjs'), code)
    await fs.writeFile(path.join(into, 'koffi.node'), native)
  })
  return { dir, id }
}

/** Bundles the agent of this checkout, for the loader to run: what runs in the guest is the `lib/` that users import. */
export function bundleAgent(): Promise<string> {
  return bundleForAgent(AGENT)
}

/** A program that the agent calls, beside the agent: its `main` is an export. */
export function bundleForAgent(entry: string): Promise<string> {
  return bundle(entry, { format: 'cjs', external: ['koffi'] })
}

/** The agent of this checkout as a program of its own, for this machine's own kernel; koffi's native part is a module there. */
export function bundleNative(): Promise<string> {
  return bundleForAgent(NATIVE)
}

/** A program and all it imports as one ES module; it runs in the guest where the loader is, beside koffi's native part. */
export function bundleForGuest(entry: string): Promise<string> {
  return bundle(entry, { format: 'esm', minify: false, plugins: [koffiBesideIt] })
}

/** koffi looks for its native part in its own package; in the guest it lies beside the program. */
const koffiBesideIt: Plugin = {
  name: 'koffi-beside-it',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^koffi$/ }, () => ({ path: 'koffi', namespace: 'native' }))
    onLoad({ filter: /.*/, namespace: 'native' }, () => ({
      contents: `import { createRequire } from 'node:module'\nexport default createRequire(import.meta.url)('./koffi.node')`,
    }))
  },
}

async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    // A guest without KVM takes 0.5 s to read and compile it: every byte counts.
    minify: true,
    logLevel: 'silent',
    ...options,
  })
  return result.outputFiles?.[0]?.text ?? ''
}

async function nativePart(): Promise<Buffer> {
  const require = createRequire(import.meta.resolve('koffi'))
  return fs.readFile(path.join(path.dirname(require.resolve(KOFFI_BINARY)), 'linux_x64/koffi.node'))
}
