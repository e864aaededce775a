// Runs inside the guest, as a process of its own: gives a map a name, says where it is, and dies without tidying anything up.
import fs from 'node:fs'
import { NamedMaps } from '../../../lib/kernel/named-maps.ts'
import { toPair } from '../agent/wire.ts'
import type { WireMapPair } from '../protocol.ts'

const [name = '', map = ''] = process.argv.slice(2)
const { path } = await new NamedMaps().add(name, toPair<'disk', 'host'>(JSON.parse(map) as WireMapPair))
fs.writeSync(process.stdout.fd, path)
process.kill(process.pid, 'SIGKILL')
