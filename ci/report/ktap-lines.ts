import { harmless, harmlessLine } from '../../vm/harmless.ts'

/** A test and the tests in it. What `directive` and `data` say stands behind the `#` of its line. */
export type KtapTest = {
  readonly ok: boolean
  readonly description: string
  readonly directive?: 'SKIP' | 'XFAIL' | 'TIMEOUT' | 'ERROR'
  readonly data?: string
  /** Lines that belong to the test. */
  readonly diagnostics?: readonly string[]
  readonly subtests?: readonly KtapTest[]
}

/** The version line, and the plan for `count` tests. */
export function ktapHead(count: number, depth: number): string[] {
  return [indented('KTAP version 1', depth), indented(`1..${count}`, depth)]
}

/**
 * A test as KTAP version 1 has it: its subtests with a head of their own and two spaces further in, its diagnostic lines, its result.
 * Source: Documentation/dev-tools/ktap.rst of the kernel.
 */
export function ktapLines(test: KtapTest, number: number, depth: number): string[] {
  const { subtests = [] } = test
  return [
    ...(subtests.length === 0 ? [] : ktapHead(subtests.length, depth + 1)),
    ...subtests.flatMap((subtest, i) => ktapLines(subtest, i + 1, depth + 1)),
    ...ktapResult(test, number, depth),
  ]
}

/** The same for a test whose subtests are already told. */
export function ktapResult(test: Omit<KtapTest, 'subtests'>, number: number, depth: number): string[] {
  const behind = [test.directive, test.data].filter(part => part !== undefined && part !== '').map(word)
  const line = `${test.ok ? 'ok' : 'not ok'} ${number} ${word(test.description)}`
  return [
    ...(test.diagnostics ?? []).flatMap(ktapDiagnostic(depth)),
    indented(behind.length === 0 ? line : `${line} # ${behind.join(' ')}`, depth),
  ]
}

/** Diagnostic lines, from a text that may have several. */
export function ktapDiagnostic(depth: number): (text: string) => string[] {
  return text =>
    harmless(text)
      .split('\n')
      .map(line => indented(`# ${line}`.trimEnd(), depth))
}

// A hash sign would begin a directive, and KTAP has no way to escape one.
function word(text: string | undefined): string {
  return harmlessLine(text ?? '')
    .replaceAll('#', '\\x23')
    .replace(/\s+/g, ' ')
    .trim()
}

function indented(line: string, depth: number): string {
  return `${'  '.repeat(depth)}${line}`
}
