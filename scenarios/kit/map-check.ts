import { checkOne } from '../../lib/check/one-map.ts'
import { checkTogether } from '../../lib/check/together.ts'
import { findingLines } from '../../lib/check/words.ts'
import { lxc } from '../../lib/syntax/lxc.ts'
import { parseSubids } from '../../lib/syntax/subid.ts'

/** What `idmaplab map check --subuid … --subgid …` finds in the configuration of an LXC container that root starts. */
export function mapCheck(config: string, { subuid, subgid }: { subuid: string; subgid: string }): string {
  const subject = { name: 'config', role: 'container', reading: lxc.roles.container.read(config) } as const
  const delegated = {
    uid: { name: '/etc/subuid', lines: parseSubids(subuid) },
    gid: { name: '/etc/subgid', lines: parseSubids(subgid) },
  }
  const findings = [...checkOne(subject, {}), ...checkTogether([subject], { owner: 'root', delegated })]
  return findings.flatMap(findingLines).join('\n')
}
