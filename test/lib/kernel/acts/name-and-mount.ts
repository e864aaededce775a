// Started by soak and registry tests, to be killed at any moment: names maps, mounts with them, and undoes it all, for ever.
// Arguments: the registry's directory, a source, a target, and how it calls its maps.
import { idmapMount } from '../../../../lib/kernel/idmapped-mount.ts'
import { NamedMaps } from '../../../../lib/kernel/named-maps.ts'
import { both } from '../checks/stage.ts'

const [directory = '', source = '', target = '', prefix = ''] = process.argv.slice(2)
const registry = new NamedMaps(directory)
process.stdout.write('ready\n')
for (let i = 0; ; i++) {
  const name = `${prefix}${i % 3}`
  const map = both<'disk', 'host'>([0, 100000 + 1000 * (i % 3), 1000])
  const { path } = await registry.add(name, map)
  idmapMount({ source, target, userns: path, readOnly: true, nosuid: true, noexec: true }).close()
  await registry.remove(name)
}
