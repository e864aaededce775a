import fs from 'node:fs/promises'
import { parse } from 'yaml'

type Step = {
  readonly name?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  readonly run?: string
}

type Job = {
  readonly needs?: string
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly steps: readonly Step[]
}

/** A workflow of GitHub Actions as far as it is run here. */
export type Workflow = {
  readonly env: Readonly<Record<string, string>>
  readonly on: { readonly workflow_dispatch: { readonly inputs: Readonly<Record<string, unknown>> } }
  readonly jobs: Readonly<Record<string, Job>>
}

export async function readWorkflow(file: string): Promise<Workflow> {
  return parse(await fs.readFile(file, 'utf8'))
}

/** What expressions can name: `matrix.shard`. */
export type Context = Readonly<Record<string, unknown>>

/** A text with its `${{ … }}` filled in; only names are known here, and an unknown one is an error. */
function filledIn(text: string, context: Context): string {
  return text.replace(/\$\{\{ *([^}]*?) *\}\}/g, (_, name: string) => {
    if (!(name in context)) throw new Error(`the workflow uses \${{ ${name} }}, which is not known here`)
    return String(context[name])
  })
}

/** Every step of a job that runs a command, with its script and environment as the runner has them. */
export function commandsOf(workflow: Workflow, job: string, context: Context) {
  const { steps } = jobOf(workflow, job)
  return steps.flatMap(({ run, env = {} }) => {
    if (run === undefined) return []
    const all = Object.entries({ ...workflow.env, ...env })
    return [{ script: filledIn(run, context), env: Object.fromEntries(all.map(([k, v]) => [k, filledIn(v, context)])) }]
  })
}

/** The `path` of every step that uses this action. */
export function pathsOf(workflow: Workflow, job: string, action: string): string[] {
  const steps = jobOf(workflow, job).steps.filter(({ uses }) => uses?.startsWith(`${action}@`))
  return steps.map(step => String(step.with?.path))
}

export function jobOf(workflow: Workflow, name: string): Job {
  const job = workflow.jobs[name]
  if (job === undefined) throw new Error(`the workflow has no job ${name}`)
  return job
}
