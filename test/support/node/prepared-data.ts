import { commands } from '../../../src/cli/commands.ts'
import { guarded } from '../../../src/cli/database/guarded.ts'
import { localDatabase } from '../../../src/cli/database/local.ts'
import { run } from '../../../src/cli/run.ts'
import { applySchema } from '../../../src/local-stores/migrations.ts'
import { openLocalStores } from '../../../src/local-stores/open-local-stores.ts'

/**
 * Runs operator's commands on a data folder that no local edge uses yet. All run in this process, so
 * that the stores start once, and not once for each command.
 * @param folder an existing folder, which becomes the data folder; file names are relative to it
 * @throws Error with the output of a command that fails
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
      const output: string[] = []
      const print = (text: string) => void output.push(text)
      const status = await run(line, commands, { out: print, err: print }, world)
      if (status !== 0) throw new Error(`certbound ${line.join(' ')}:\n${output.join('\n')}`)
    }
  } finally {
    await stores.dispose()
  }
}
