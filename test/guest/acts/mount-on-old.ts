// Runs in a guest whose kernel is too old for idmapped mounts: prints how each way to one is refused, for idmapped-mounts.test.ts.
import fs from 'node:fs'
import { idmapMount, replaceIdmap } from '../../../lib/kernel/idmapped-mount.ts'
import { both, refusalOf } from '../../lib/kernel/checks/stage.ts'

const [source, target] = ['/srv/source', '/srv/target'] as const
for (const place of [source, target]) fs.mkdirSync(place, { recursive: true })
const map = both<'disk', 'host'>([0, 100000, 1000])
const refusals = [() => idmapMount({ source, target, map }), () => replaceIdmap(target, { map })].map(refusalOf)
process.stdout.write(JSON.stringify(refusals.map(({ code, message }) => ({ code, message }))))
