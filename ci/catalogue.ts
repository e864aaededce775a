import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { filesystemsOf } from '../scenarios/kit/needs.ts'
import type { Scenario } from '../scenarios/kit/story.ts'
import { filesystemName } from './filesystem-name.ts'
import { UsageError } from './usage-error.ts'

const SCENARIOS = fileURLToPath(new URL('../scenarios', import.meta.url))

/** Every story there is, by name: the files of `scenarios/`. */
async function scenarioNames(): Promise<string[]> {
  const files = await fs.readdir(SCENARIOS)
  return files
    .filter(file => file.endsWith('.ts'))
    .map(file => file.slice(0, -'.ts'.length))
    .sort()
}

/** The stories of these names (all when there is none), of which `fs` keeps those with a disk of that file system. */
export async function loadScenarios(names: readonly string[], fs?: string): Promise<Scenario[]> {
  const known = await scenarioNames()
  for (const name of names) {
    if (!known.includes(name))
      throw new UsageError(`There is no scenario ${JSON.stringify(name)}; there are: ${known.join(', ')}.`)
  }
  const chosen = await Promise.all((names.length === 0 ? known : [...new Set(names)]).map(load))
  return fs === undefined ? chosen : onFilesystem(chosen, filesystemName(fs))
}

async function load(name: string): Promise<Scenario> {
  const module: unknown = await import(pathToFileURL(path.join(SCENARIOS, `${name}.ts`)).href)
  return (module as { default: Scenario }).default
}

function onFilesystem(stories: readonly Scenario[], fs: string): Scenario[] {
  const chosen = stories.filter(story => filesystemsOf(story).includes(fs))
  if (chosen.length > 0) return chosen
  const known = [...new Set(stories.flatMap(filesystemsOf))].sort()
  throw new UsageError(`None of these scenarios is about ${JSON.stringify(fs)}; they are about: ${known.join(', ')}.`)
}
