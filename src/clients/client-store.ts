import { type Database, query, type Row } from '../storage/database.ts'
import type { Client } from './client.ts'
import { clientFromRow, registrationColumns, toColumns } from './client-row.ts'
import type { Registration } from './registration.ts'

/** A client, and the text from which {@link ClientStore.restore} reads it again. */
export type StoredClient = { readonly client: Client; readonly serialized: string }

/** Where the Worker reads clients. */
export interface ClientStore {
  /**
   * @param last what was read before: returned itself if nothing has changed since
   * @returns null if there is no such client
   * @throws StoreUnavailable if the store does not answer
   * @throws InvalidClientRow if the stored client is not valid
   */
  find(clientId: string, last?: StoredClient): Promise<StoredClient | null>
  /**
   * Reads a copy that was kept elsewhere.
   * @param serialized any text
   * @throws InvalidClientRow or SyntaxError if it is not a valid client
   */
  restore(serialized: string): StoredClient
}

/** The columns of a set `s` that path validation needs. */
const SET_COLUMNS = `
    s.version AS trust_anchors_version, s.revocation, s.extended_key_usage, s.crl_generation,
    (SELECT json_group_array(hex(a.certificate)) FROM trust_anchors a
      WHERE a.set_name = s.name) AS trust_anchors,
    (SELECT json_group_array(hex(i.certificate)) FROM trust_set_intermediates i
      WHERE i.set_name = s.name) AS intermediates`

// One statement, so that a client and its set are of the same time.
const FIND = `
  SELECT ${registrationColumns.map((name) => `c.${name}`).join(', ')}, c.version, c.enabled,
    ${SET_COLUMNS}
  FROM clients c LEFT JOIN trust_anchor_sets s ON s.name = c.trust_anchor_set
  WHERE c.client_id = ?1`

const FIND_SET = `SELECT ${SET_COLUMNS} FROM trust_anchor_sets s WHERE s.name = ?1`

/** Reads the columns of a client and its set, without any check. */
export const findClientRow = async (
  database: Database,
  clientId: string,
): Promise<Row | undefined> => (await query(database, FIND, clientId))[0]

/** The clients of the database. */
export const storedClients = (database: Database): ClientStore =>
  clientStore((clientId) => findClientRow(database, clientId))

/**
 * One client whose registration is configured and not stored; only its trust anchor set is. It is found
 * under every client_id.
 */
export function configuredClient(database: Database, registration: Registration): ClientStore {
  const columns = { ...toColumns(registration), version: 1, enabled: 1 }
  return clientStore(async () => {
    const [set] = await query(database, FIND_SET, columns.trust_anchor_set)
    return set === undefined ? undefined : { ...columns, ...set }
  })
}

const clientStore = (findRow: (clientId: string) => Promise<object | undefined>): ClientStore => ({
  async find(clientId, last) {
    const row = await findRow(clientId)
    if (row === undefined) return null
    const serialized = JSON.stringify(row)
    return last?.serialized === serialized ? last : { client: clientFromRow(row), serialized }
  },
  restore: (serialized) => ({ client: clientFromRow(JSON.parse(serialized)), serialized }),
})
