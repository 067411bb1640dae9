import { clientRegistry, describeClient, keysOf } from '../../clients/client-registry.ts'
import type { ClientRecord } from '../../clients/client-row.ts'
import { command, databaseOptions } from '../command.ts'
import { done, usage } from '../outcome.ts'
import { columns, count, printableJsonLine } from '../terminal.ts'

const defaultLimit = 100

export const clientList = command({
  name: 'client list',
  summary: 'the registered partners, in the order of their client_id',
  options: {
    limit: { value: 'N', help: `how many (default ${defaultLimit})` },
    after: { value: 'ID', help: 'continue after this client_id' },
    ...databaseOptions,
  },
  examples: ['certbound client list', 'certbound client list --after acme-ltd --limit 500 --json'],
  async run({ options }, context) {
    const limit = Number(options.limit ?? defaultLimit)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      return usage('--limit wants 1 to 1000')
    const database = await context.open(options)
    const page = await clientRegistry(database).list(options.after ?? '', limit + 1)
    const clients = page.slice(0, limit)
    const after = page.length > limit ? (clients.at(-1)?.client_id ?? null) : null
    const head = ['CLIENT_ID', 'STATE', 'METHOD', 'PROVES ITSELF WITH', 'NAME']
    return done(
      clients.length === 0 ? [] : columns([head, ...clients.map(rowOf)]),
      { clients: clients.map(describeClient), next_after: after },
      after === null
        ? clients.length === 0
          ? ['no clients; `certbound client add --help` explains how to register one']
          : []
        : [`there are more: --after ${after}`],
    )
  },
})

const rowOf = (client: ClientRecord): string[] => [
  client.client_id,
  client.enabled ? 'enabled' : 'disabled',
  client.token_endpoint_auth_method,
  proofOf(client),
  client.client_name,
]

function proofOf(client: ClientRecord): string {
  if (client.trust_anchor_set === null) {
    const n = keysOf(client).length
    return n === 1 ? 'its registered key' : `one of ${n} registered keys`
  }
  const kind = client.subject_attribute?.replace('tls_client_auth_', '').replaceAll('_', '-')
  return `${client.trust_anchor_set}: ${kind} ${client.subject_value}`
}

const pageSize = 2000

export const clientExport = command({
  name: 'client export',
  summary: 'all partners as lines of JSON, which `client import` reads',
  about: [
    'In the order of their client_id, to standard output. Trust anchor sets are not exported: `ca list`.',
    'A client that changes during the export is printed as it was before or after the change.',
  ],
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
