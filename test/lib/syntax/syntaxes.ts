import type { Role, Syntax } from '../../../lib/syntax/dialect.ts'
import { DIALECTS } from '../../../lib/syntax/registry.ts'

/** Every dialect in every role it plays. */
export const SYNTAXES: readonly Syntax<Role>[] = DIALECTS.flatMap(
  ({ roles }) => Object.values(roles) as readonly Syntax<Role>[],
)
