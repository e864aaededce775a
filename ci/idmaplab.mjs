#!/usr/bin/env node
// The command `idmaplab`: the TypeScript of this checkout, run as it is.
import { register } from 'tsx/esm/api'

register()
const { main } = await import('./cli.ts')
await main(process.argv)
