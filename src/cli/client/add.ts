import { clientRegistry } from '../../clients/client-registry.ts'
import { toMetadata } from '../../clients/client-row.ts'
import {
  clientIdFromName,
  parseRegistration,
  type Registration,
} from '../../clients/registration.ts'
import { auditedBy, changeOptions, command } from '../command.ts'
import { done, type Outcome, refused, usage } from '../outcome.ts'
import { briefJson, columns } from '../terminal.ts'
import { refusedBy } from './outcome.ts'
import { proofOptions, readProof } from './proof.ts'
import { metadataFrom, metadataOptions } from './update.ts'

export const clientAdd = command({
  name: 'client add',
  summary: 'register a partner from its certificate',
  operands: 'NAME',
  about: [
    'With --ca the certificate is trusted because a CA of that set issued it (tls_client_auth), and the',
    'partner is identified by its subject: it may renew the certificate. Without --ca the certificate is',
    'self-signed and trusted itself (self_signed_tls_client_auth). The certificate is checked as the',
    'Worker checks it before anything is written.',
  ],
  options: {
    ...proofOptions,
    'client-id': { value: 'ID', help: 'default: made from NAME' },
    ...metadataOptions,
    ...changeOptions,
  },
  examples: [
    'certbound client add "Acme Ltd" --certificate acme.pem --ca acme-ca \\',
    '    --scope "orders:read orders:write" --resource https://api.example.com',
    'certbound client add Bolt --certificate self-signed.pem --resource https://api.example.com',
    'certbound client add orders-api --certificate api.pem --introspect https://api.example.com',
    'certbound client add Core --ca core-ca --san-dns core.example.net \\',
    '    --resource https://api.example.com',
  ],
  async run({ operands: [name = ''], options }, context) {
    if ([...options.resource, ...options.introspect].every((uri) => uri === '')) {
      return usage(
        'client add needs at least one --resource: the API that its tokens are for; an API that ' +
          'introspects the tokens of others needs --introspect',
      )
    }
    const clientId = options['client-id'] ?? clientIdFromName(name)
    if (clientId === null)
      return usage('no character of NAME can be part of a client_id: give --client-id')
    const database = await context.open(options)
    const proof = await readProof(options, database, context)
    if (!proof.ok) return proof.error
    const registration = parseRegistration({
      client_id: clientId,
      client_name: name,
      ...proof.value.metadata,
      ...metadataFrom(options),
    })
    if (!registration.ok) return refused(registration.error, 'nothing was registered')
    const by = auditedBy(options, context)
    const added = await clientRegistry(database).add(registration.value, by)
    return added.ok ? registered(added.value, proof.value.notes) : refusedBy(added.error)
  },
})

function registered(registration: Registration, notes: readonly string[]): Outcome {
  const client = { ...toMetadata(registration), enabled: true }
  const { client_id } = registration
  const shown = Object.entries(client).map(
    ([name, value]) => [name, typeof value === 'string' ? value : briefJson(value)] as const,
  )
  return done([`registered ${client_id}`, '', ...columns(shown)], client, [
    ...notes,
    ...(registration.resources.length === 0 ? nextForApi(client_id) : nextForPartner(client_id)),
  ])
}

const nextForPartner = (clientId: string): readonly string[] => [
  `next: tell the partner its client_id, ${clientId}; it calls the token endpoint with`,
  `  grant_type=client_credentials&client_id=${clientId} over TLS with its certificate`,
]

const nextForApi = (clientId: string): readonly string[] => [
  `next: tell the API its client_id, ${clientId}; it gets no tokens, and introspects those of others at`,
  `  /introspect with client_id=${clientId}&token=... over TLS with its certificate`,
]
