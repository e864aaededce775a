/** Which modules to load, in which order, and which names are neither a module nor built in. */
export type ModuleClosure = {
  /** Paths as in `modules.dep`, each after everything it needs. */
  readonly load: readonly string[]
  readonly missing: readonly string[]
}

/** Works out what must be loaded for `wanted`, from the texts of `modules.dep` and `modules.builtin`. Like the kernel, it takes `-` and `_` in names for the same. */
export function moduleClosure(modulesDep: string, builtin: string, wanted: readonly string[]): ModuleClosure {
  const modules = readModulesDep(modulesDep)
  const builtIn = new Set(lines(builtin).map(moduleName))
  const load = new Set<string>()
  const missing: string[] = []
  for (const name of wanted) {
    const path = modules.paths.get(canonical(name))
    if (path !== undefined) addInOrder(path, modules.needs, load)
    else if (!builtIn.has(canonical(name))) missing.push(name)
  }
  return { load: [...load], missing }
}

type ModulesDep = {
  readonly paths: ReadonlyMap<string, string>
  readonly needs: ReadonlyMap<string, readonly string[]>
}

/** `kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko` a line, a module's needs after the colon, direct and indirect. */
function readModulesDep(text: string): ModulesDep {
  const paths = new Map<string, string>()
  const needs = new Map<string, readonly string[]>()
  for (const line of lines(text)) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const path = line.slice(0, colon)
    paths.set(moduleName(path), path)
    needs.set(
      path,
      line
        .slice(colon + 1)
        .split(' ')
        .filter(Boolean),
    )
  }
  return { paths, needs }
}

/** Adds a module after what it needs; right whatever the order in its line. */
function addInOrder(path: string, needs: ReadonlyMap<string, readonly string[]>, load: Set<string>): void {
  if (load.has(path)) return
  for (const needed of needs.get(path) ?? []) addInOrder(needed, needs, load)
  load.add(path)
}

function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1)
  return canonical(file.replace(/\.ko(\.\w+)?$/, ''))
}

function canonical(name: string): string {
  return name.replaceAll('-', '_')
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}
