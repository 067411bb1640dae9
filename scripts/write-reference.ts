import { writeFileSync } from 'node:fs'
import { commands } from '../src/cli/commands.ts'
import { reference } from '../src/cli/help.ts'

writeFileSync(new URL('../docs/reference.md', import.meta.url), reference(commands))
