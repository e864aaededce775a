import { NothingFitsError } from '../../lib/ranges/error.ts'
import { containerMap, imageMountMap } from '../../lib/ranges/lease.ts'
import { leaseRange } from '../../lib/ranges/leasing.ts'
import type { RangesPlace } from '../../lib/ranges/registry.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { type Answer, answerOrRefusal, mapJson, mapLines } from '../map/answer.ts'
import { numberOf, rangeOf } from './numbers.ts'

export interface AllocateOptions extends RangesPlace {
  readonly count: string
  readonly top?: string
  readonly owner: string
  readonly window?: string
  readonly align?: string
  readonly allowReserved?: readonly string[]
  readonly subid?: boolean
  readonly imageShift?: string
}

/** Leases ids for a name; its maps. */
export async function allocate(name: string, options: AllocateOptions): Promise<Answer> {
  const { owner, subid = false, allowReserved = [] } = options
  const request = {
    name,
    owner,
    count: numberOf('--count', options.count),
    ...(options.top !== undefined && { top: numberOf('--top', options.top) }),
    ...(options.window !== undefined && { window: rangeOf('--window', options.window) }),
    ...(options.align !== undefined && { align: numberOf('--align', options.align) }),
    allowReserved,
    subids: subid,
  }
  const shift = options.imageShift === undefined ? undefined : numberOf('--image-shift', options.imageShift)
  return orNothingFits(() =>
    answerOrRefusal(async () => {
      const { lease, renewed, unseen } = await leaseRange(request, options)
      const map = containerMap(lease)
      const mount = imageMountMap(map, shift)
      return {
        exitCode: ExitCode.pass,
        lines: [...mapLines('container', map), ...(shift === undefined ? [] : ['', ...mapLines('mount', mount)])],
        remarks: [
          `${renewed ? 'renewed' : 'leased'}: ${lease.name}, for ${lease.owner}`,
          ...unseen.map(what => `note: ${what}`),
        ],
        json: { ...lease, renewed, container: mapJson('container', map), mount: mapJson('mount', mount), unseen },
      }
    }),
  )
}

async function orNothingFits(find: () => Promise<Answer>): Promise<Answer> {
  try {
    return await find()
  } catch (error) {
    if (!(error instanceof NothingFitsError)) throw error
    const { code, message, count, windows, largest } = error
    return {
      exitCode: ExitCode.fail,
      lines: [],
      remarks: [`refused: ${message}`],
      json: { refused: [{ code, message, count, windows, largest: largest ?? null }] },
    }
  }
}
