import { DIRECTIONS, type Dialect, type Role, type Syntax } from '../lib/syntax/dialect.ts'
import { DIALECTS } from '../lib/syntax/registry.ts'

/** `docs/dialects.md`: every dialect with its direction, its form and an example, from what the registry knows. */
export function dialectsPage(): string {
  const rows = DIALECTS.flatMap(dialect => syntaxesOf(dialect).map(syntax => row(dialect, syntax)))
  return `${[INTRODUCTION, ['| dialect | a map of | from → to | one entry |', '|---|---|---|---|', ...rows].join('\n'), ...DIALECTS.map(section)].join('\n\n')}\n`
}

const INTRODUCTION = `# Dialects

<!-- Made by \`npm run docs\` from the registry in lib/syntax/registry.ts; a test keeps it current. -->

How maps are written, and which column is which. The kernel accepts swapped columns without a word and every owner becomes
65534, so read the direction first: \`disk\` is the id stored in the inode, \`host\` the id in the initial user namespace,
\`container\` the id inside a container's user namespace. An entry's fields are named by their spaces, in the order they are
written in; a map always goes from the left space to the right one of its direction, whatever that order is.

\`idmaplab map convert --from D --to D\` takes these names; so do \`parseContainerMap(name, text)\`, \`parseMountMap\` and
\`parseExceptions\` of the library, and \`format…\` the other way. What a dialect has no words for is refused with the reason.`

const ROLES: Readonly<Record<Role, string>> = {
  container: 'container (user namespace)',
  mount: 'idmapped mount',
  exceptions: 'mount point’s exceptions',
}

function syntaxesOf({ roles }: Dialect): readonly Syntax<Role>[] {
  return Object.values(roles) as readonly Syntax<Role>[]
}

function row({ name }: Dialect, { role, form }: Syntax<Role>): string {
  const { from, to } = DIRECTIONS[role]
  return `| [${name}](#${name}) | ${ROLES[role]} | ${from} → ${to} | \`${form.replaceAll('|', '\\|')}\` |`
}

function section(dialect: Dialect): string {
  const { name, title, source, ranges } = dialect
  const examples = syntaxesOf(dialect).map(syntax => {
    const { from, to } = DIRECTIONS[syntax.role]
    const heading = `${ROLES[syntax.role]}, ${from} → ${to}: \`${syntax.form}\``
    return example(heading, syntax.example, syntax.rewrite !== undefined)
  })
  const ofRanges = ranges ? [example(`ranges of host ids, no map: \`${ranges.form}\``, ranges.example, true)] : []
  return [`## ${name}`, `${title}. Source: ${source}`, ...examples, ...ofRanges].join('\n\n')
}

function example(
  heading: string,
  { text, source }: { readonly text: string; readonly source: string },
  isDocument: boolean,
): string {
  const kept = isDocument ? ' In a document only the map is rewritten; comments, order and everything else stay.' : ''
  return `${heading.charAt(0).toUpperCase()}${heading.slice(1)}.${kept}\n\n\`\`\`\n${text.replace(/\n+$/, '')}\n\`\`\`\n\nExample from ${source}`
}
