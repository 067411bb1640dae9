import { join } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import { projectRoot } from '../../local-stores/project-root.ts'
import type { NewCertificates } from '../certificates/demo-certificates.ts'
import type { DataFiles } from '../data-folder.ts'
import { runNode } from '../run-node.ts'

/** A demo partner: its registration, and its PEM files for the handshake. */
export type DemoPartner = {
  readonly clientId: string
  readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth'
  readonly cert: string
  readonly key: string
}

/** One partner for each method of RFC 8705 section 2. */
export const demoPartners = (files: DataFiles): readonly [DemoPartner, DemoPartner] => [
  {
    clientId: 'demo-ca-issued',
    method: 'tls_client_auth',
    cert: files.caIssued,
    key: files.caIssuedKey,
  },
  {
    clientId: 'demo-self-signed',
    method: 'self_signed_tls_client_auth',
    cert: files.selfSigned,
    key: files.selfSignedKey,
  },
]

/** What the demo partners may get, and the API that their tokens are for. */
export const demoScope = 'orders:read orders:write'
export const demoResource = 'https://api.example.com'

const anchorSet = 'demo-partner-ca'

/**
 * Registers the demo partners that are not registered yet, and the certificates that this start has
 * generated, with the operator's own commands.
 * @throws with the output of the command that refuses
 */
export async function registerDemoPartners(
  db: D1Database,
  dataDir: string,
  files: DataFiles,
  generated: NewCertificates,
): Promise<void> {
  const [caIssued, selfSigned] = demoPartners(files)
  const { clientIds, hasAnchors } = await registered(db)
  const run = (...args: string[]) => certbound([...args, '--data-dir', dataDir])
  const add = ({ clientId, cert }: DemoPartner, ...options: string[]) => {
    const name = clientId.replaceAll('-', ' ').replace('demo', 'Demo partner,')
    const identity = ['--client-id', clientId, '--certificate', cert]
    const grant = ['--scope', demoScope, '--resource', demoResource]
    return run('client', 'add', name, ...identity, ...grant, ...options)
  }
  const registerCaIssued = async (): Promise<void> => {
    if (generated.ca || !hasAnchors) await run('ca', 'add', anchorSet, files.partnerCa)
    if (!clientIds.has(caIssued.clientId)) await add(caIssued, '--ca', anchorSet)
  }
  const registerSelfSigned = async (): Promise<void> => {
    const { clientId, cert } = selfSigned
    if (!clientIds.has(clientId)) await add(selfSigned)
    else if (generated.selfSigned) await run('client', 'add-certificate', clientId, cert)
  }
  await Promise.all([registerCaIssued(), registerSelfSigned()])
}

async function registered(
  db: D1Database,
): Promise<{ readonly clientIds: ReadonlySet<string>; readonly hasAnchors: boolean }> {
  const clients = await db
    .prepare("SELECT client_id FROM clients WHERE client_id LIKE 'demo-%'")
    .all<{ client_id: string }>()
  const anchor = await db
    .prepare('SELECT 1 AS one FROM trust_anchors WHERE set_name = ?1')
    .bind(anchorSet)
    .first()
  return {
    clientIds: new Set(clients.results.map((row) => row.client_id)),
    hasAnchors: anchor !== null,
  }
}

/** Runs `npx certbound` as an operator would. */
async function certbound(args: readonly string[]): Promise<void> {
  const { code, output } = await runNode([join(projectRoot, 'bin/certbound.js'), ...args])
  if (code === 0) return
  throw new Error(`certbound ${args.join(' ')}\n${output}\n(exit status ${code})`)
}
