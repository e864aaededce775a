import type { CaseId, Verdict } from '../events.ts'
import { caseName, isFailure } from '../verdict.ts'
import { ktapCase } from './ktap-case.ts'
import { type KtapTest, ktapHead, ktapLines, ktapResult } from './ktap-lines.ts'

/** The test that a kernel is, while its cases come in. */
export class KtapKernel {
  readonly name: string
  readonly #planned: number
  readonly #rounds: number
  readonly #notes: string[] = []
  readonly #waiting: KtapTest[] = []
  #version: string | undefined
  #written = 0
  #skipped = 0
  #ok = true

  constructor(name: string, cases: number, rounds: number) {
    this.name = name
    this.#planned = cases * rounds
    this.#rounds = rounds
  }

  isReady(version: string, note?: string): void {
    this.#version = version
    if (note !== undefined) this.#notes.push(note)
  }

  isUnavailable({ code, reason }: { readonly code: string; readonly reason: string }): void {
    this.#notes.push(`${code}: ${reason}`)
  }

  ended(verdict: Verdict): void {
    this.#waiting.push(ktapCase(verdict, this.#rounds))
    if (isFailure(verdict)) this.#ok = false
    if (verdict.outcome === 'SKIP') this.#skipped += 1
  }

  notTold(id: CaseId, why: string): void {
    const data = `not told: ${why}`
    this.#waiting.push({ ok: true, description: caseName(id, 1, 1), directive: 'SKIP', data })
  }

  head(): string[] {
    return ktapHead(this.#planned, 1)
  }

  /** The cases that have ended and are not written yet. */
  take(): string[] {
    return this.#waiting.splice(0).flatMap(test => {
      this.#written += 1
      return ktapLines(test, this.#written, 1)
    })
  }

  get isWhole(): boolean {
    return this.#written === this.#planned
  }

  result(number: number): string[] {
    const named = this.#version === undefined || this.#version === this.name
    const description = named ? `Linux ${this.name}` : `Linux ${this.#version} (${this.name})`
    const ok = this.#ok && this.isWhole
    const skip = ok && this.#skipped === this.#planned ? { directive: 'SKIP' as const, data: 'all of its cases' } : {}
    return ktapResult({ ok, description, diagnostics: this.#notes, ...skip }, number, 0)
  }
}
