import { runTool } from '../tool.ts'

/** How the host's apt reaches its archives (proxies, certificates, credentials, time limits), as the text of an apt.conf: for an apt that does not read the host's. */
export async function hostFetchSettings(): Promise<string> {
  const what = "reading the host's apt configuration"
  const run = { what, code: 'PACKAGE_FETCH' } as const
  const dump = await runTool(['apt-config', 'dump', '--no-empty', 'Acquire'], run)
  const files = await runTool(
    ['apt-config', 'shell', 'netrc', 'Dir::Etc::netrc/f', 'parts', 'Dir::Etc::netrcparts/d'],
    run,
  )
  return [...fetchSettings(dump), ...credentials(files), ''].join('\n')
}

/** Which indexes there are, and where changelogs are, is not about reaching an archive. */
export function fetchSettings(dump: string): string[] {
  return dump
    .split('\n')
    .filter(
      line => /^Acquire::/.test(line) && !/^Acquire::(IndexTargets|Changelogs|Languages|CompressionTypes)\b/.test(line),
    )
}

/** `netrc='/etc/apt/auth.conf'` lines to absolute settings, since the other apt has another `Dir`. */
export function credentials(shell: string): string[] {
  const names: Readonly<Record<string, string>> = { netrc: 'Dir::Etc::netrc', parts: 'Dir::Etc::netrcparts' }
  return shell.split('\n').flatMap(line => {
    const [, name = '', path = ''] = /^(\w+)='(.*)'$/.exec(line) ?? []
    return names[name] === undefined || path === '' ? [] : [`${names[name]} "${path}";`]
  })
}
