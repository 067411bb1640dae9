// Run as a process: runs commands on one data folder in turn. Arguments: the data folder, the folder
// for relative file names, the command lines as JSON. Prints the exit statuses and the messages.
import { commands } from '../../../src/cli/commands.ts'
import { localDatabase } from '../../../src/cli/database/local.ts'
import { run } from '../../../src/cli/run.ts'
import { openLocalStores } from '../../../src/local-stores/open-local-stores.ts'

const [dataDir = '', cwd = '', lines = '[]'] = process.argv.slice(2)
const stores = await openLocalStores(dataDir)
const database = localDatabase(stores.db, async () => {})
const statuses: number[] = []
const words: string[] = []
for (const args of JSON.parse(lines) as string[][]) {
  const output = { out: () => {}, err: (line: string) => void words.push(line) }
  statuses.push(await run(args, commands, output, { cwd, open: async () => database }))
}
await stores.dispose()
console.log(JSON.stringify({ statuses, words }))
