import { afterEach, beforeEach, expect } from 'vitest'

/** Every test of the file fails if something is thrown meanwhile that nobody catches. */
export function expectAllToBeCaught(): void {
  const nobodyCaught: unknown[] = []
  const note = (error: unknown) => nobodyCaught.push(error)
  beforeEach(() => {
    process.on('unhandledRejection', note)
    process.on('uncaughtException', note)
  })
  afterEach(() => {
    process.off('unhandledRejection', note)
    process.off('uncaughtException', note)
    expect(nobodyCaught.splice(0)).toEqual([])
  })
}
