/** What nsswitch.conf(5) says is to be found elsewhere than in files: sentences about ids that reading files can't show. */
export function unseenSources(nsswitch: string): string[] {
  const accounts = new Set(['passwd', 'group'].flatMap(database => sourcesOf(database, nsswitch)))
  const others = [...accounts].filter(name => !LISTED.includes(name))
  // A plugin of libsubid, subuid(5); then /etc/subuid does not count.
  const subids = sourcesOf('subid', nsswitch).filter(name => name !== 'files')
  return [
    ...(others.length > 0 ? [`users and groups of ${others.join(', ')} (nsswitch.conf) are not seen`] : []),
    ...(subids.length > 0 ? [`subordinate ids come from ${subids.join(', ')} (nsswitch.conf) and are not seen`] : []),
  ]
}

/** `systemd` makes up users of the ranges that are reserved anyway. */
const LISTED = ['files', 'compat', 'systemd']

function sourcesOf(database: string, nsswitch: string): string[] {
  const [, sources = ''] = new RegExp(`^[ \\t]*${database}:([^#\\n]*)`, 'm').exec(nsswitch) ?? []
  return sources.replace(/\[[^\]]*\]/g, ' ').match(/[A-Za-z0-9_]+/g) ?? []
}
