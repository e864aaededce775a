import fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Cache } from '../cache/cache.ts'
import { fingerprint } from '../cache/fingerprint.ts'

const AGENT = fileURLToPath(new URL('agent/main.ts', import.meta.url))
const KOFFI_BINARY = '@koromix/koffi-linux-x64'

/** A directory with everything the agent needs beside Node: its code and lib/'s in one file, and koffi's native part. */
export type AgentBundle = { readonly dir: string; readonly id: string }

/** Bundles the agent of this checkout: what runs in the guest is the `lib/` that users import. */
export async function bundleAgent(cache: Cache): Promise<AgentBundle> {
  const code = await bundleForGuest(AGENT)
  const native = await nativePart()
  const id = fingerprint(code, native)
  const dir = await cache.entry('agents', id, async into => {
    await fs.writeFile(path.join(into, 'agent.mjs'), code)
    await fs.writeFile(path.join(into, 'koffi.node'), native)
  })
  return { dir, id }
}

/** A program and all it imports as one ES module; it runs in the guest where the agent is, beside koffi's native part. */
export async function bundleForGuest(entry: string): Promise<string> {
  // koffi looks for its native part in its own package; in the guest it lies beside the bundle.
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'koffi-native',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^koffi$/ }, () => ({ path: 'koffi', namespace: 'native' }))
          onLoad({ filter: /.*/, namespace: 'native' }, () => ({
            contents: `import { createRequire } from 'node:module'\nexport default createRequire(import.meta.url)('./koffi.node')`,
          }))
        },
      },
    ],
  })
  return result.outputFiles[0]?.text ?? ''
}

async function nativePart(): Promise<Buffer> {
  const require = createRequire(import.meta.resolve('koffi'))
  return fs.readFile(path.join(path.dirname(require.resolve(KOFFI_BINARY)), 'linux_x64/koffi.node'))
}
