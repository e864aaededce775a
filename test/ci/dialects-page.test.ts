import fs from 'node:fs'
import { expect, test } from 'vitest'
import { dialectsPage } from '../../ci/dialects-page.ts'
import { DIRECTIONS } from '../../lib/syntax/dialect.ts'
import { DIALECTS } from '../../lib/syntax/registry.ts'
import { SYNTAXES } from '../lib/syntax/syntaxes.ts'

const page = fs.readFileSync(new URL('../../docs/dialects.md', import.meta.url), 'utf8')

test('docs/dialects.md is what `npm run docs` writes', () => {
  expect(page).toBe(dialectsPage())
})

test.each(SYNTAXES)('$dialect as $role is there with its direction, its form and its example', syntax => {
  const { from, to } = DIRECTIONS[syntax.role]
  const section = page.split(/^## /m).find(text => text.startsWith(`${syntax.dialect}\n`))
  expect(section).toContain(`${from} → ${to}: \`${syntax.form}\``)
  expect(section).toContain(`\`\`\`\n${syntax.example.text.replace(/\n+$/, '')}\n\`\`\``)
  expect(section).toContain(syntax.example.source)
})

test('every dialect has its section once', () => {
  const sections = page.match(/^## .*$/gm) ?? []
  expect(sections).toEqual(DIALECTS.map(({ name }) => `## ${name}`))
})
