import type { Guest } from '../../vm/guest/guest.ts'
import type { RunningContainer } from './containers.ts'
import { quoted } from './quoted.ts'

/** A shell's profile in the guest: a prompt, colours, and `enter NAME` for the story's containers. */
export const PROFILE = '/run/idmaplab-profile'

export async function writeProfile(guest: Pick<Guest, 'call'>, containers: readonly RunningContainer[]): Promise<void> {
  const contents = Buffer.from(profile(containers)).toString('base64')
  await guest.call('file.create', { actor: 0, path: PROFILE, contents, mode: 0o644 })
}

function profile(containers: readonly RunningContainer[]): string {
  const into = (pid: number) =>
    `nsenter --target=${pid} --user --mount --root --wd --setuid=0 --setgid=0 "\${@:-/bin/sh}"`
  return [
    String.raw`PS1='\[\e[1;32m\]idmaplab\[\e[0m\]:\w\$ '`,
    "alias ls='ls --color=auto'",
    'enter() {',
    '  [ $# -gt 0 ] && name=$1 && shift',
    '  case "$name" in',
    ...containers.map(({ name, pid }) => `    ${quoted(name)}) ${into(pid)};;`),
    `    *) echo "usage: enter CONTAINER [COMMAND]; there are: ${containers.map(({ name }) => name).join(' ')}" >&2; return 64;;`,
    '  esac',
    '}',
    '',
  ].join('\n')
}
