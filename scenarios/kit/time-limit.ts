import { HarnessError } from '../../vm/harness-error.ts'
import { inSeconds } from '../../vm/seconds.ts'

type Limit = {
  readonly ms: number
  readonly signal: AbortSignal | undefined
  /** What was being done last, for the report. */
  readonly doing: () => string
}

/** What `work` gives, unless it takes longer than `ms` (CASE_TIMEOUT) or the run is interrupted before (INTERRUPTED); `work` is then left to itself. */
export async function within<T>({ ms, signal, doing }: Limit, work: () => Promise<T>): Promise<T> {
  const { promise: over, reject: end } = defer()
  const interrupted = (): void =>
    end(new HarnessError('INTERRUPTED', 'The run was interrupted while this case was being told.'))
  const timer = setTimeout(() => {
    end(
      new HarnessError(
        'CASE_TIMEOUT',
        `The case did not end within ${inSeconds(ms)}; the last thing asked of the guest was: ${doing()}. --timeout gives it longer.`,
      ),
    )
  }, ms)
  if (signal?.aborted) interrupted()
  signal?.addEventListener('abort', interrupted)
  const working = work()
  working.catch(() => {})
  try {
    return await Promise.race([over, working])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', interrupted)
  }
}

function defer(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<never>((_resolve, fail) => {
    reject = fail
  })
  promise.catch(() => {})
  return { promise, reject }
}
