import { command, databaseOptions } from '../command.ts'
import { done } from '../outcome.ts'
import { count, printableJsonLine } from '../terminal.ts'
import { describeClient, pageOfClients } from './client-record.ts'

const pageSize = 2000

/** `client export`. */
export const clientExport = command({
  name: 'client export',
  summary: 'all partners as lines of JSON, which `client import` reads',
  about: [
    'In the order of their client_id, to standard output. Sets of anchors are not among it: `ca list`.',
    'Clients that change meanwhile may be in it as they were or as they are.',
  ],
  arity: [0, 0],
  options: databaseOptions,
  examples: [
    'certbound client export > partners.jsonl',
    'certbound client export | certbound client import - --data-dir elsewhere',
  ],
  async run({ options }, context) {
    const database = await context.open(options)
    let exported = 0
    let after: string | undefined = ''
    while (after !== undefined) {
      const page = await pageOfClients(database, after, pageSize)
      for (const client of page) context.print(printableJsonLine(describeClient(client)))
      exported += page.length
      after = page.length < pageSize ? undefined : page.at(-1)?.client_id
    }
    return done([], null, [`${count(exported, 'client')} exported`])
  },
})
