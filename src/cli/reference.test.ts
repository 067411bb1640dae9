import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { commands } from './commands.ts'
import { reference } from './help.ts'

it('docs/reference.md is what the commands declare', async () => {
  const written = await readFile(new URL('../../docs/reference.md', import.meta.url), 'utf8')
  expect(written, 'run: node scripts/write-reference.ts').toBe(reference(commands))
})
