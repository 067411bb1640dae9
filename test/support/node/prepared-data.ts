import { commands } from '../../../src/cli/commands.ts'
import { guarded } from '../../../src/cli/database/guarded.ts'
import { localDatabase } from '../../../src/cli/database/local.ts'
import { run } from '../../../src/cli/run.ts'
import { applySchema } from '../../../src/local-stores/migrations.ts'
import { openLocalStores } from '../../../src/local-stores/open-local-stores.ts'

/**
 * Runs operator's commands on a data folder that no local edge serves yet, all in this process: what
 * a test needs registered costs one start of the stores instead of one a command.
 * @param folder an existing folder, which becomes the data folder; files are named relative to it
 * @throws Error where a command does not succeed
 */
export async function prepareData(
  folder: string,
  lines: readonly (readonly string[])[],
): Promise<void> {
  const stores = await openLocalStores(folder)
  try {
    await applySchema(stores.db)
    const database = localDatabase(stores.db, async () => {})
    const words = { where: folder, apply: 'schema apply' }
    const world = { cwd: folder, open: async () => guarded(database, words) }
    for (const line of lines) {
      const said: string[] = []
      const hear = (text: string) => void said.push(text)
      const status = await run(line, commands, { out: hear, words: hear }, world)
      if (status !== 0) throw new Error(`certbound ${line.join(' ')}:\n${said.join('\n')}`)
    }
  } finally {
    await stores.dispose()
  }
}
