import { describe, expect, it, type TestContext } from 'vitest'
import type { KnownBug } from '../../lib/model/known-bugs.ts'
import mincoreOwner from '../../scenarios/bug-mincore-owner.ts'
import openTreeAttr from '../../scenarios/bug-open-tree-attr.ts'
import statmountOops from '../../scenarios/bug-statmount-oops.ts'
import unnamedFile from '../../scenarios/bug-unnamed-file-of-nobody.ts'
import type { Scenario } from '../../scenarios/kit/story.ts'
import { openCache } from '../../vm/cache/cache.ts'
import { HarnessError } from '../../vm/harness-error.ts'
import { resolveKernel } from '../../vm/kernel/resolve.ts'
import type { Kernel } from '../../vm/kernel/source.ts'
import { silent } from '../../vm/progress.ts'
import { inWords, tell } from './lab.ts'

const stories = { openTreeAttr, unnamedFile, statmountOops, mincoreOwner }
type Name = keyof typeof stories

/** What each kernel must show: the bug, that it is not there, or that it lacks what the bug is in. */
const seen: Readonly<Record<string, Readonly<Partial<Record<Name, 'bug' | 'no bug' | 'lacks it'>>>>> = {
  '6.1.': { openTreeAttr: 'lacks it', statmountOops: 'lacks it', unnamedFile: 'bug', mincoreOwner: 'bug' },
  '6.12.': { unnamedFile: 'no bug', mincoreOwner: 'no bug' },
  '6.16.3': { openTreeAttr: 'bug', statmountOops: 'bug', unnamedFile: 'bug', mincoreOwner: 'bug' },
  '6.16.12': { openTreeAttr: 'no bug', statmountOops: 'bug' },
  '7.3.': { openTreeAttr: 'no bug', statmountOops: 'no bug', unnamedFile: 'no bug', mincoreOwner: 'no bug' },
}
const LIMIT = { timeout: 180_000 }

/** The kernel, or the reason why it cannot be had: it is gone from the archive, or the archive out of reach. */
async function kernelOf(version: string): Promise<Kernel | string> {
  try {
    const kernel = await resolveKernel(version.replace(/\.$/, ''), { cache: await openCache(), progress: silent })
    return kernel.version.startsWith(version) ? kernel : `${version} is gone, ${kernel.version} stands in for it`
  } catch (error) {
    if (error instanceof HarnessError && error.code !== 'CACHE_UNUSABLE') return error.message
    throw error
  }
}

const rows = Object.entries(seen).flatMap(([version, expected]) =>
  Object.entries(expected).map(([name, what]) => ({ version, name: name as Name, what })),
)

/** Tells a story on a kernel; the test is skipped, with the reason, when the kernel cannot be had. */
async function told(story: Scenario, version: string, { skip }: TestContext) {
  const kernel = await kernelOf(version)
  if (typeof kernel === 'string') return skip(kernel)
  return tell(story, undefined, {}, undefined, { kernel })
}

describe.each(rows)('on Linux $version the story of $name', ({ version, name, what }) => {
  it(`says: ${what}`, LIMIT, async context => {
    const result = await told(stories[name], version, context)
    const outcome = what === 'lacks it' ? 'SKIP' : 'PASS'
    const code = { bug: 'KNOWN_BUG', 'no bug': undefined, 'lacks it': 'FEATURE_MISSING' }[what]
    expect([result.outcome, result.code], inWords(result)).toEqual([outcome, code])
    expect(result.bug?.seen).toBe({ bug: true, 'no bug': false, 'lacks it': undefined }[what])
  })
})

const everFixed = { fixed: ['5.13'] }
const neverFixed = { fixed: ['99.0'] }

/** With a wrong table each story is red, on a real kernel. */
const wrong: readonly (readonly [Name, string, Partial<KnownBug>, string])[] = [
  ['unnamedFile', '6.1.', everFixed, 'BUG_SHOWS'],
  ['unnamedFile', '6.12.', neverFixed, 'BUG_ABSENT'],
  ['mincoreOwner', '6.1.', everFixed, 'BUG_SHOWS'],
  ['mincoreOwner', '6.12.', neverFixed, 'BUG_ABSENT'],
  ['openTreeAttr', '6.16.3', everFixed, 'BUG_SHOWS'],
  ['openTreeAttr', '6.16.12', neverFixed, 'BUG_ABSENT'],
  ['statmountOops', '6.16.3', everFixed, 'BUG_SHOWS'],
  ['statmountOops', '7.3.', neverFixed, 'BUG_ABSENT'],
]

describe.each(wrong)('with a wrong table the story of %s on Linux %s (%j)', (name, version, lie, code) => {
  it(`fails: ${code}`, LIMIT, async context => {
    const { bug, ...story } = stories[name]
    if (bug === undefined) throw new TypeError(`${name} is about no bug`)
    const result = await told({ ...story, bug: { ...bug, ...lie } }, version, context)
    expect([result.outcome, result.code], inWords(result)).toEqual(['FAIL', code])
  })
})
