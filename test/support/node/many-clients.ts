import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'

/** The anchor set of the clients with a registered subject. */
export const manyClientsSet = 'many'

/** The client_id of client number `i`. Sorted by text they are sorted by number. */
export const manyClientId = (i: number): string => `partner-${String(i).padStart(8, '0')}`

/**
 * Lines for `client import`. Even numbers use the PKI method with a subject in {@link manyClientsSet}, odd
 * numbers are registered by the thumbprint of a certificate.
 */
export function* manyClients(clients: number, from = 0): Generator<string> {
  for (let i = from; i < from + clients; i++) {
    const client_id = manyClientId(i)
    const proof =
      i % 2 === 0
        ? {
            token_endpoint_auth_method: 'tls_client_auth',
            trust_anchor_set: manyClientsSet,
            tls_client_auth_subject_dn: `CN=${client_id}.partners.example,O=Partner ${i},C=DE`,
          }
        : {
            token_endpoint_auth_method: 'self_signed_tls_client_auth',
            jwks: { keys: [{ kty: 'EC', crv: 'P-256', 'x5t#S256': thumbprintOf(client_id) }] },
          }
    yield JSON.stringify({
      client_id,
      client_name: `Partner ${i}`,
      ...proof,
      scope: 'orders:read orders:write',
      resources: ['https://api.example.com'],
    })
  }
}

/** No certificate has this thumbprint. */
const thumbprintOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** Prints the lines: `node test/support/node/many-clients.ts 1000000 > clients.jsonl`. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lines: string[] = []
  for (const line of manyClients(Number(process.argv[2] ?? 1000))) {
    lines.push(line)
    if (lines.length === 1000) process.stdout.write(`${lines.splice(0).join('\n')}\n`)
  }
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}
