import { clientRegistry, describeClient } from '../../clients/client-registry.ts'
import type { ClientRecord } from '../../clients/client-row.ts'
import { command, databaseOptions } from '../command.ts'
import { done } from '../outcome.ts'
import { count, printableJsonLine } from '../terminal.ts'

const pageSize = 2000

/** `client export`. */
export const clientExport = command({
  name: 'client export',
  summary: 'all partners as lines of JSON, which `client import` reads',
  about: [
    'In the order of their client_id, to standard output. Trust anchor sets are not exported: `ca list`.',
    'A client that changes during the export is printed as it was before or after the change.',
  ],
  arity: [0, 0],
  options: databaseOptions,
  examples: [
    'certbound client export > partners.jsonl',
    'certbound client export | certbound client import - --data-dir elsewhere',
  ],
  async run({ options }, context) {
    const registry = clientRegistry(await context.open(options))
    let exported = 0
    let after: string | undefined = ''
    while (after !== undefined) {
      const page: readonly ClientRecord[] = await registry.list(after, pageSize)
      for (const client of page) context.print(printableJsonLine(describeClient(client)))
      exported += page.length
      after = page.length < pageSize ? undefined : page.at(-1)?.client_id
    }
    return done([], null, [`${count(exported, 'client')} exported`])
  },
})
