import { join } from 'node:path'

/** Where a private apt root lies and which suite it is for. */
export type AptRoot = { readonly dir: string; readonly suite: string }

/**
 * What apt reads with `-c`, after the host's own configuration: proxies, credentials and certificates of the host hold,
 * while its directories, its hooks (which would run as root on the host's behalf) and its extra indexes do not.
 */
export function aptConfiguration(root: AptRoot): string {
  const at = (name: string): string => `"${join(root.dir, name)}"`
  return [
    `Dir::Etc::SourceList ${at('sources.list')};`,
    `Dir::Etc::SourceParts ${at('none')};`,
    `Dir::Etc::Preferences ${at('none/preferences')};`,
    `Dir::Etc::PreferencesParts ${at('none')};`,
    `Dir::State ${at('')};`,
    `Dir::State::Lists ${at('lists')};`,
    `Dir::State::status ${at('status')};`,
    `Dir::State::extended_states ${at('extended_states')};`,
    `Dir::Cache ${at('')};`,
    // With no installed packages it would hold the same as pkgcache, 38 MB of it.
    'Dir::Cache::srcpkgcache "";',
    `Dir::Cache::pkgcache ${at('pkgcache.bin')};`,
    `Dir::Cache::Archives ${at('archives')};`,
    ...['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map(hook => `#clear APT::Update::${hook};`),
    '#clear APT::Architectures;',
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'APT::Default-Release "";',
    'Acquire::GzipIndexes "true";',
    // The user that apt would otherwise drop to cannot enter a cache in somebody's home.
    'APT::Sandbox::User "root";',
    '',
  ].join('\n')
}

/** The one line of the root's `sources.list`: packages only, no translations, no patches of indexes. */
export function sourceLine(root: AptRoot, mirror: string, keyring: string): string {
  const options = `arch=amd64 signed-by=${keyring} target=Packages lang=none pdiffs=no`
  return `deb [${options}] ${mirror} ${root.suite} main\n`
}
