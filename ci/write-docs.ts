// `npm run docs`: writes the pages of docs/ that are made from the code.
import fs from 'node:fs'
import { dialectsPage } from './dialects-page.ts'

fs.writeFileSync(new URL('../docs/dialects.md', import.meta.url), dialectsPage())
