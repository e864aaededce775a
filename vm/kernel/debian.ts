import { basename } from 'node:path'
import { withRoom } from '../cache/space.ts'
import { openApt } from '../debian/apt.ts'
import { isGone } from '../debian/fetch-failure.ts'
import { HarnessError } from '../harness-error.ts'
import { KERNEL_PACKAGES, kernelOffers, type Offer, offersAfter, offersOf } from './offer.ts'
import { type Fetch, type KernelContext, type KernelPackages, makePackaged, readPackaged } from './packaged.ts'
import { cachedKernel, cachedVersion, remember } from './remembered.ts'
import { nearestSeries, SERIES, seriesOf, suitesWith } from './series.ts'
import type { Kernel } from './source.ts'
import { type DebianSpec, unknownKernel } from './spec.ts'

/** The kernel of Debian's that is asked for, the newest that can really be had; once in the cache it is used from there, without the network. `archive` opens a suite. */
export async function debianKernel(spec: DebianSpec, context: KernelContext, archive = openApt): Promise<Kernel> {
  return (await cached(spec, context)) ?? fetchDebianKernel(spec, context, archive)
}

async function cached(spec: DebianSpec, { cache, progress }: KernelContext): Promise<Kernel | undefined> {
  const note = (line: string) => progress.note(line)
  return (await cachedKernel(cache, spec.name, note)) ?? (await cachedVersion(cache, spec, note))
}

/**
 * Fetches no kernel, but rejects with KERNEL_UNKNOWN where Debian's archive offers nothing that is asked for, not even a later one. The
 * series that are known by name are not looked up: if the archive has lost one, that is no mistake of the user's.
 */
export async function requireOffered(spec: DebianSpec, context: KernelContext, archive = openApt): Promise<void> {
  if (isKnownSeries(spec) || (await cached(spec, context)) !== undefined) return
  const search = searchFor(spec, context, archive)
  const { version } = spec
  for (const suite of search.suites) {
    const offers = await offered(suite, search)
    if (offersOf(version, offers).length > 0) return
    if (version !== undefined && isExact(version) && offersAfter(version, offers).length > 0) return
  }
  nothing(search)
}

function isKnownSeries({ suite, version }: DebianSpec): boolean {
  return suite === undefined && SERIES.some(({ name }) => name === version)
}

/** Whether it is more than a series. */
function isExact(version: string): boolean {
  return version !== seriesOf(version)
}

/** The index of the largest suite, with what apt makes of it. */
const INDEX_BYTES = 100e6

/** The same, looked up in Debian's archive whatever the cache has. */
export function fetchDebianKernel(spec: DebianSpec, context: KernelContext, archive = openApt): Promise<Kernel> {
  const search = searchFor(spec, context, archive)
  return withRoom(
    context.cache.dir,
    `the kernel ${spec.name}`,
    INDEX_BYTES,
    async () => (await newest(search)) ?? (await successor(search)) ?? nothing(search),
  )
}

type Search = {
  readonly spec: DebianSpec
  readonly suites: readonly string[]
  readonly context: KernelContext
  readonly archive: typeof openApt
  /** Versions that an index named and the archive did not have. */
  readonly gone: Set<string>
}

function searchFor(spec: DebianSpec, context: KernelContext, archive: typeof openApt): Search {
  const suites = spec.suite === undefined ? suitesWith(spec.version ?? '') : [spec.suite]
  if (suites.length === 0) throw unknownKernel(spec.name)
  return { spec, suites, context, archive, gone: new Set() }
}

/** The first suite that can really give one decides. */
async function newest(search: Search): Promise<Kernel | undefined> {
  for (const suite of search.suites) {
    const kernel = await newestOf(suite, search)
    if (kernel !== undefined) return kernel
  }
  return undefined
}

async function newestOf(suite: string, search: Search): Promise<Kernel | undefined> {
  const wanted = (offers: readonly Offer[]): Offer[] => offersOf(search.spec.version, offers)
  const first = wanted(await offered(suite, search)).slice(0, 1)
  const kernel = await firstThatIsThere(first, search)
  if (kernel !== undefined || first.length === 0) return kernel
  // The index may be older than the archive; if it is not, the archive lost files that its index still names (bullseye).
  return firstThatIsThere(wanted(await offered(suite, search, 'now')), search)
}

/** A version that is gone is replaced by the next of its series, whichever suite has it. */
async function successor(search: Search): Promise<Kernel | undefined> {
  const { version } = search.spec
  if (version === undefined || !isExact(version)) return undefined
  search.gone.add(version)
  const offers: Offer[] = []
  for (const suite of search.suites) offers.push(...(await offered(suite, search)))
  return firstThatIsThere(offersAfter(version, offers), search)
}

/** A suite that the archive does not have (an old one moves away) offers nothing. */
async function offered(suite: string, { archive, context }: Search, when?: 'now'): Promise<Offer[]> {
  const { cache, progress } = context
  const apt = await archive(cache, suite, progress)
  try {
    await apt.update(when)
  } catch (error) {
    if (!isGone(error)) throw error
    progress.note(`Debian's archive has no suite ${suite}.`)
    return []
  }
  return kernelOffers(await apt.candidates(KERNEL_PACKAGES), suite)
}

async function firstThatIsThere(offers: readonly Offer[], search: Search): Promise<Kernel | undefined> {
  for (const offer of offers) {
    try {
      return await take(offer, search)
    } catch (error) {
      if (!isGone(error)) throw error
      search.gone.add(offer.version)
    }
  }
  return undefined
}

async function take(offer: Offer, { spec, context, archive, gone }: Search): Promise<Kernel> {
  const apt = await archive(context.cache, offer.suite, context.progress)
  const fetch: Fetch = ({ name, version }, dir, say) => apt.download(`${name}=${version}`, dir, say)
  const entry = await makePackaged(packagesOf(offer), fetch, context)
  const note = choiceNote(spec.name, offer, gone)
  await remember(context.cache, spec.name, { key: basename(entry), ...(note === undefined ? {} : { note }) })
  return readPackaged(spec.name, entry, note)
}

function packagesOf({ release, suite, packages, lost }: Offer): KernelPackages {
  return {
    release,
    suite,
    lost,
    packages: packages.map(({ name, version, sha256, fileBytes }) => ({ name, version, sha256, bytes: fileBytes })),
  }
}

function choiceNote(name: string, { version }: Offer, gone: ReadonlySet<string>): string | undefined {
  if (gone.size === 0) return undefined
  return `Debian's archive does not have ${[...gone].join(', ')} any more: the kernel ${name} is ${version} here.`
}

function nothing({ spec, suites, gone }: Search): never {
  const where = suites.join(', ')
  const [lost] = gone
  if (lost !== undefined && lost !== spec.version)
    throw new HarnessError(
      'PACKAGE_FETCH',
      `Debian's archive (${where}) names ${[...gone].join(', ')} for the kernel ${spec.name}, but has none of them any more.`,
    )
  if (isKnownSeries(spec))
    throw new HarnessError('PACKAGE_FETCH', `Debian's archive (${where}) offers no kernel ${spec.name} any more.`)
  const instead = nearestSeries(spec.version ?? '').join(', ')
  throw new HarnessError(
    'KERNEL_UNKNOWN',
    `Debian's archive (${where}) has no kernel ${spec.name} and no later one of its series: give one of ${instead}.`,
    { blame: 'user' },
  )
}
