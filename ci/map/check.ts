import type { Finding, Subject } from '../../lib/check/finding.ts'
import { checkOne } from '../../lib/check/one-map.ts'
import { checkSubids } from '../../lib/check/subids.ts'
import { checkTogether, type HostIds } from '../../lib/check/together.ts'
import { findingLines } from '../../lib/check/words.ts'
import { formatKernelVersion, parseKernelVersion } from '../../lib/idmap/kernel-version.ts'
import { filesystemSupport } from '../../lib/model/filesystems.ts'
import { readAccounts } from '../../lib/syntax/accounts.ts'
import type { ReadContext } from '../../lib/syntax/dialect.ts'
import { ExitCode } from '../../scenarios/kit/exit-code.ts'
import { harmless } from '../../vm/harmless.ts'
import type { Answer } from './answer.ts'
import { noteIn } from './choice.ts'
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
  const { host, faults } = await hostOf(options)
  const { subjects, delegations, parent } = await subjectsOf(inputs, options, subidsIn(host))
  const target = {
    ...(options.kernel !== undefined && { kernel: parseKernelVersion(options.kernel) }),
    ...(parent && { parent }),
  }
  const findings = [
    ...subjects.flatMap(subject => checkOne(subject, target)),
    ...delegations.flatMap(({ name, text }) => checkSubids(name, text)),
    ...faults,
    ...checkTogether(subjects, host),
  ]
  const notes = [...subjects.flatMap(notesOf), ...neededBy(subjects, options)]
  return answerOf(
    findings.map(finding => allowed(finding, options.allow ?? [])),
    notes,
    options,
  )
}

/** For Docker, whose configuration names only an owner. */
function subidsIn({ delegated }: HostIds): Pick<ReadContext, 'subids'> {
  if (delegated?.uid === undefined && delegated?.gid === undefined) return {}
  return { subids: { uid: delegated.uid?.lines ?? [], gid: delegated.gid?.lines ?? [] } }
}

function notesOf({ name, reading }: Subject): string[] {
  return (reading.notes ?? []).map(note => noteIn(name, note))
}

/** Without a version it is not known whether the mounts are refused, only since when they are not. */
function neededBy(subjects: readonly Subject[], { fs, kernel }: CheckOptions): string[] {
  const since = fs === undefined || kernel !== undefined ? undefined : filesystemSupport(fs)?.since
  if (since === undefined || subjects.every(({ role }) => role === 'container')) return []
  return [
    `note: idmapped mounts of ${fs} need Linux ${formatKernelVersion(since)}; --kernel says for which one to check`,
  ]
}

function allowed(finding: Finding, rules: readonly string[]): Finding {
  return rules.includes(finding.rule) ? { ...finding, severity: 'warning' } : finding
}

function answerOf(findings: readonly Finding[], notes: readonly string[], { strict = false }: CheckOptions): Answer {
  const count = (severity: Finding['severity']) => findings.filter(finding => finding.severity === severity).length
  const [errors, warnings] = [count('error'), count('warning')]
  const failed = errors > 0 || (strict && warnings > 0)
  return {
    exitCode: failed ? ExitCode.fail : ExitCode.pass,
    lines: [
      ...findings.flatMap(findingLines).map(harmless),
      `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`,
    ],
    remarks: notes.map(harmless),
    json: { errors, warnings, findings, notes },
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
