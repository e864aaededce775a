import { describe, expect, it } from 'vitest'
import { ext4, scenario, vfat } from '../../scenarios/kit/language.ts'
import type { Need } from '../../scenarios/kit/story.ts'
import { inWords, tell } from './lab.ts'

/** A story that needs this, and claims next to nothing. */
function needing(...needs: readonly Need[]) {
  const disks = { data: ext4({}), stick: vfat({}, { uid: 0, gid: 0 }) }
  return scenario(import.meta.url, { title: 'A need', promisedBy: 'nobody', needs, disks }, async ({ is }) =>
    is('one', '1', '1'),
  )
}

describe('on Linux 6.12, tried in the guest', () => {
  it('what it has is found, and agrees with the table', async () => {
    const result = await tell(
      needing(
        { idmappedMountsOn: 'stick' },
        { overlayOver: 'data' },
        { idmappedMountsOf: 'tmpfs' },
        { aclsOn: 'data' },
        { fileCapabilitiesOn: 'data' },
        { feature: 'mountSetattr' },
        { feature: 'overlayOverIdmapped' },
        { feature: 'statmount' },
        { feature: 'listmount' },
        { feature: 'userNamespaces' },
        { feature: 'unprivilegedUserNamespaces' },
        { feature: 'fsopenInUserNamespace' },
        { feature: 'idmapInUserNamespace' },
      ),
    )
    expect(result.outcome, inWords(result)).toBe('PASS')
    expect(result.needs).toHaveLength(13)
    for (const need of result.needs ?? []) expect([need, need.standing ?? 'agrees']).toEqual([need, 'agrees'])
  })

  it.each([
    [{ feature: 'openTreeAttr' }, 'open_tree_attr(2) (ENOSYS: open_tree_attr(2) came with Linux 6.15)', 'agrees'],
    [{ feature: 'statmountMapsOffered' }, 'maps of mounts offered by statmount(2) (', 'agrees'],
    [{ idmappedMountsOf: 'overlay' }, 'idmapped mounts on overlay (EINVAL: ', 'agrees'],
    [{ idmappedMountsOf: 'proc' }, 'idmapped mounts on proc (EINVAL: ', 'agrees'],
    [{ aclsOn: 'stick' }, 'POSIX ACLs on vfat (EOPNOTSUPP: ', undefined],
    [{ fileCapabilitiesOn: 'stick' }, 'file capabilities on vfat (EOPNOTSUPP: ', undefined],
    [{ idmappedMountsOf: 'xfs' }, 'xfs (neither built in nor as a module)', undefined],
  ] as const satisfies readonly (readonly [Need, string, string | undefined])[])(
    'there is no %j',
    async (need, words, standing) => {
      const result = await tell(needing(need))
      expect(result.outcome, inWords(result)).toBe('SKIP')
      expect(result.reason).toContain(`this kernel has no ${words}`)
      expect(result.needs?.[0]?.standing).toBe(standing)
    },
  )
})
