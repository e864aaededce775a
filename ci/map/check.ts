import type { Finding } from '../../lib/check/finding.ts'
import { checkOne } from '../../lib/check/one-map.ts'
import { checkTogether, type HostIds } from '../../lib/check/together.ts'
import { findingLines } from '../../lib/check/words.ts'
import { parseKernelVersion } from '../../lib/idmap/kernel-version.ts'
import { readAccounts } from '../../lib/syntax/accounts.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { harmless } from '../../vm/harmless.ts'
import type { Answer } from './answer.ts'
import { readFile } from './input.ts'
import { delegationFiles, type SubidFiles } from './subids.ts'
import { subjectsOf } from './subjects.ts'

export interface CheckOptions extends SubidFiles {
  readonly dialect?: string
  readonly role?: 'container' | 'mount'
  readonly container?: string
  readonly containerDialect?: string
  readonly kernel?: string
  readonly fs?: string
  readonly parent?: string
  readonly owner: string
  readonly passwd?: string
  readonly group?: string
  readonly allow?: readonly string[]
  readonly strict?: boolean
}

/** All problems of some configurations, by themselves, with each other and with the host. */
export async function check(inputs: readonly string[], options: CheckOptions): Promise<Answer> {
  const { subjects, parent } = await subjectsOf(inputs, options)
  const target = {
    ...(options.kernel !== undefined && { kernel: parseKernelVersion(options.kernel) }),
    ...(parent && { parent }),
  }
  const { host, faults } = await hostOf(options)
  const findings = [
    ...subjects.flatMap(subject => checkOne(subject, target)),
    ...faults,
    ...checkTogether(subjects, host),
  ]
  return answerOf(
    findings.map(finding => allowed(finding, options.allow ?? [])),
    options,
  )
}

function allowed(finding: Finding, rules: readonly string[]): Finding {
  return rules.includes(finding.rule) ? { ...finding, severity: 'warning' } : finding
}

function answerOf(findings: readonly Finding[], { strict = false }: CheckOptions): Answer {
  const count = (severity: Finding['severity']) => findings.filter(finding => finding.severity === severity).length
  const [errors, warnings] = [count('error'), count('warning')]
  const failed = errors > 0 || (strict && warnings > 0)
  return {
    exitCode: failed ? ExitCode.fail : ExitCode.pass,
    lines: [
      ...findings.flatMap(findingLines).map(harmless),
      `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`,
    ],
    json: { errors, warnings, findings },
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

async function hostOf(options: CheckOptions): Promise<{ host: HostIds; faults: readonly Finding[] }> {
  const accounts = async (path: string | undefined) => (path === undefined ? [] : readAccounts(await readFile(path)))
  const users = await accounts(options.passwd)
  const ownerUid = options.owner === 'root' ? 0 : users.find(({ name }) => name === options.owner)?.id
  const { delegated, faults } = await delegationFiles(options)
  const host: HostIds = {
    owner: options.owner,
    ...(ownerUid !== undefined && { ownerUid }),
    accounts: { uid: users, gid: await accounts(options.group) },
    delegated,
  }
  return { host, faults }
}
