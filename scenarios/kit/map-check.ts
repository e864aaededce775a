import { checkOne } from '../../lib/check/one-map.ts'
import { checkTogether } from '../../lib/check/together.ts'
import { findingLines } from '../../lib/check/words.ts'
import { lxc } from '../../lib/syntax/lxc.ts'
import { parseSubids } from '../../lib/syntax/subid.ts'

/** What `idmaplab map check --subuid … --subgid …` finds in a configuration that LXC is given by `owner`. */
export function mapCheck(
  config: string,
  { subuid, subgid, owner = 'root' }: { subuid: string; subgid: string; owner?: string },
): string {
  const subject = { name: 'config', role: 'container', reading: lxc.roles.container.read(config) } as const
  const delegated = {
    uid: { name: '/etc/subuid', lines: parseSubids(subuid) },
    gid: { name: '/etc/subgid', lines: parseSubids(subgid) },
  }
  const findings = [...checkOne(subject, {}), ...checkTogether([subject], { owner, delegated })]
  return findings.flatMap(findingLines).join('\n')
}
