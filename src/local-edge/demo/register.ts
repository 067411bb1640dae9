import { join } from 'node:path'
import type { D1Database } from '@cloudflare/workers-types'
import { projectRoot } from '../../local-stores/project-root.ts'
import type { NewCertificates } from '../certificates/demo-certificates.ts'
import type { DataFiles } from '../data-folder.ts'
import { runNode } from '../run-node.ts'
import { demoAnchorSet, demoPartners, demoResource, demoScope } from './partners.ts'

/**
 * Registers the demo partners that are not registered yet, with the operator's own command, and
 * those whose certificates were just made anew.
 * @throws with the command's own words where it refuses
 */
export async function registerDemoPartners(
  db: D1Database,
  dataDir: string,
  files: DataFiles,
  made: NewCertificates,
): Promise<void> {
  const [caIssued, selfSigned] = demoPartners(files)
  const registered = await registeredOf(db)
  const run = (...args: string[]) => certbound([...args, '--data-dir', dataDir])
  const add = (clientId: string, ...how: string[]) => {
    const name = clientId.replaceAll('-', ' ').replace('demo', 'Demo partner,')
    const what = ['--scope', demoScope, '--resource', demoResource, '--client-id', clientId]
    return run('client', 'add', name, ...how, ...what)
  }
  const registerCaIssued = async (): Promise<void> => {
    if (made.ca || !registered.anchors) await run('ca', 'add', demoAnchorSet, files.partnerCa)
    if (registered.clients.has(caIssued.clientId)) return
    await add(caIssued.clientId, '--certificate', caIssued.cert, '--ca', demoAnchorSet)
  }
  const registerSelfSigned = async (): Promise<void> => {
    if (!registered.clients.has(selfSigned.clientId)) {
      await add(selfSigned.clientId, '--certificate', selfSigned.cert)
    } else if (made.selfSigned) {
      await run('client', 'add-certificate', selfSigned.clientId, selfSigned.cert)
    }
  }
  await Promise.all([registerCaIssued(), registerSelfSigned()])
}

async function registeredOf(
  db: D1Database,
): Promise<{ readonly clients: ReadonlySet<string>; readonly anchors: boolean }> {
  const clients = await db
    .prepare("SELECT client_id FROM clients WHERE client_id LIKE 'demo-%'")
    .all<{ client_id: string }>()
  const anchors = await db
    .prepare('SELECT 1 AS one FROM trust_anchors WHERE set_name = ?1')
    .bind(demoAnchorSet)
    .first()
  return {
    clients: new Set(clients.results.map((row) => row.client_id)),
    anchors: anchors !== null,
  }
}

/** Runs `npx certbound` as an operator would. */
async function certbound(args: readonly string[]): Promise<void> {
  const { code, said } = await runNode([join(projectRoot, 'bin/certbound.js'), ...args])
  if (code === 0) return
  throw new Error(`certbound ${args.join(' ')}\n${said}\n(exit status ${code})`)
}
