import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { D1Database } from '@cloudflare/workers-types'
import { type RegistrationColumns, toColumns } from '../../src/clients/client-row.ts'
import { parseRegistration } from '../../src/clients/registration.ts'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { applySchema } from '../../src/local-stores/migrations.ts'
import { openLocalStores } from '../../src/local-stores/open-local-stores.ts'
import { projectRoot } from '../../src/local-stores/project-root.ts'

/** The anchor set with the CA of all partners. */
export const anchorSet = 'bench'
export const scope = 'read'
export const resource = 'https://api.bench.example'

/** The RFC 7591 metadata of partner `number`. */
export const metadataOf = (number: number): Readonly<Record<string, unknown>> => ({
  client_id: clientIdOf(number),
  client_name: `Partner ${number}`,
  token_endpoint_auth_method: 'tls_client_auth',
  trust_anchor_set: anchorSet,
  tls_client_auth_subject_dn: `CN=Partner ${number},O=Bench,C=DE`,
  scope: 'read write',
  resources: [resource],
})

export const clientIdOf = (number: number): string => `partner-${number}`

/** Creates the tables and the anchor set. */
export async function prepareDatabase(db: D1Database, anchor: Bytes): Promise<void> {
  const schema = await applySchema(db)
  if (!schema.ok) throw new Error(schema.error.why)
  await db.batch([
    db
      .prepare('INSERT INTO trust_anchor_sets (name, version, created_at) VALUES (?1, 1, 0)')
      .bind(anchorSet),
    db
      .prepare(`INSERT INTO trust_anchors (set_name, sha256, certificate, subject, not_after, added_at)
        VALUES (?1, ?2, ?3, 'CN=Root,O=Bench', 0, 0)`)
      .bind(anchorSet, '0'.repeat(64), anchor),
  ])
}

const columns = [
  'client_id',
  'client_name',
  'token_endpoint_auth_method',
  'trust_anchor_set',
  'subject_attribute',
  'subject_value',
  'subject_key',
  'scope',
  'resources',
  'tls_client_certificate_bound_access_tokens',
] as const

const INSERT = `
  INSERT INTO clients (${columns.join(', ')}, version, enabled, created_at, updated_at)
  SELECT ${columns.map((name) => `value ->> '${name}'`).join(', ')}, 1, 1, 0, 0
  FROM json_each(?1)`

const rowsPerStatement = 1000

/** Registers partners: writes the columns that the commands write. */
export async function registerPartners(db: D1Database, numbers: readonly number[]): Promise<void> {
  for (let from = 0; from < numbers.length; from += rowsPerStatement) {
    const rows = numbers.slice(from, from + rowsPerStatement).map(columnsOf)
    await db.prepare(INSERT).bind(JSON.stringify(rows)).run()
  }
}

function columnsOf(number: number): RegistrationColumns {
  const registration = parseRegistration(metadataOf(number))
  if (!registration.ok) throw new Error(registration.error.join('; '))
  return toColumns(registration.value)
}

/**
 * Loads `count` partners into a new data folder with `certbound client import`, which shows its progress
 * if standard error is a terminal.
 */
export async function importPartners(dataDir: string, anchor: Bytes, count: number): Promise<void> {
  const { db, dispose } = await openLocalStores(dataDir)
  await prepareDatabase(db, anchor).finally(dispose)
  const file = join(dataDir, 'partners.jsonl')
  await pipeline(linesOf(count), createWriteStream(file))
  const program = join(projectRoot, 'bin/certbound.js')
  const args = [program, 'client', 'import', file, '--data-dir', dataDir]
  const stderr = process.stderr.isTTY ? 'inherit' : 'ignore'
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', stderr] })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`client import ended with status ${status}`)
  await rm(file)
}

/** Many lines at a time, so that each write is large. */
function* linesOf(count: number): Generator<string> {
  for (let from = 1; from <= count; from += rowsPerStatement) {
    const to = Math.min(count, from + rowsPerStatement - 1)
    const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    yield numbers.map((number) => `${JSON.stringify(metadataOf(number))}\n`).join('')
  }
}
