import { capabilityNames, capabilitySet } from '../../lib/kernel/capabilities.ts'
import type { FileCapability } from '../../lib/kernel/file-capability.ts'

const TEXT = /^((?:cap_\w+,?)+)=(e?)(i?)(p?)$/

/** Reads what setcap(8) is given, `cap_net_raw,cap_net_admin=ep`, as it stores it: version 2, which the kernel makes 3 where it must. */
export function parseFileCapability(text: string): FileCapability {
  const [, names = '', effective = '', inheritable = '', permitted = ''] = TEXT.exec(text) ?? []
  const set = capabilitySet(names.split(','))
  if (set === undefined)
    throw new TypeError(`expected capabilities such as "cap_net_raw=ep", found ${JSON.stringify(text)}`)
  return {
    version: 2,
    effective: effective !== '',
    permitted: permitted === '' ? 0n : set,
    inheritable: inheritable === '' ? 0n : set,
  }
}

/** How `getcap -n` shows them: `cap_net_raw=ep [rootid=1000]`. */
export function fileCapabilityInWords({ permitted, inheritable, effective, rootid }: FileCapability): string {
  const sets = [effective ? 'e' : '', inheritable === 0n ? '' : 'i', permitted === 0n ? '' : 'p'].join('')
  const names = capabilityNames(permitted | inheritable).join(',')
  return `${names}=${sets}${rootid === undefined ? '' : ` [rootid=${rootid}]`}`
}
