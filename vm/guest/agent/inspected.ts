import { InspectError } from '../../../lib/kernel/inspect/error.ts'
import { inspectPath } from '../../../lib/kernel/inspect/inspect.ts'
import type { InspectedId } from '../../../lib/kernel/inspect/judge.ts'
import { idInSentences } from '../../../lib/kernel/inspect/words.ts'
import type { ActorId, Reply, Requests } from '../protocol.ts'
import { containerNames, HOST_ROOT, pidOf } from './actors.ts'

/** What the library says of a file that an actor sees, or why it can say nothing. */
export function inspect({ actor, path }: Requests['file.inspect']): Reply<'file.inspect'> {
  try {
    return look(actor, path)
  } catch (error) {
    if (!(error instanceof InspectError)) throw error
    const nobody = { uid: null, gid: null }
    return { owner: { disk: nobody, seen: nobody }, map: 'unknown', sentences: [error.message] }
  }
}

function look(actor: ActorId, path: string): Reply<'file.inspect'> {
  const { ids, consequences, mount } = inspectPath(path, actor === HOST_ROOT ? {} : { pid: pidOf(actor) })
  return {
    owner: { disk: ownerIn(ids, ({ disk }) => disk), seen: ownerIn(ids, ({ seen }) => seen) },
    map: mount?.map.state ?? 'unknown',
    sentences: [...ids.flatMap(idInSentences), ...consequences].map(withNames),
  }
}

// The numbers of namespaces are others each time.
function withNames(sentence: string): string {
  return [...containerNames()].reduce((text, [namespace, name]) => text.replaceAll(namespace, name), sentence)
}

function ownerIn(ids: readonly InspectedId[], idOf: (id: InspectedId) => number | 'nobody' | undefined) {
  const of = (wanted: InspectedId['what']): number | null => {
    const found = ids.find(({ what }) => what === wanted)
    const id = found === undefined ? undefined : idOf(found)
    return typeof id === 'number' ? id : null
  }
  return { uid: of('owner'), gid: of('group') }
}
