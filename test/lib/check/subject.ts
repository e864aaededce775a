import type { Subject } from '../../../lib/check/finding.ts'
import type { MapOf, Role } from '../../../lib/syntax/dialect.ts'
import { parseContainerMap, syntaxOf } from '../../../lib/syntax/registry.ts'

/** A text to be checked, as `map check` makes one. */
export function subject(role: Role, dialect: string, text: string, more: Partial<Subject> = {}): Subject {
  return { name: 'a.conf', role, reading: syntaxOf(dialect, role).read(text), ...more }
}

export const container = (text: string, name = 'a.conf') => subject('container', 'lxc', text, { name })

export const unprivileged: MapOf<'container'> = parseContainerMap('lxc', 'b 0 100000 65536')
