import type { D1Database } from '@cloudflare/workers-types'
import { fromStore } from '../storage/store-unavailable.ts'
import { type ClientRow, type SetColumns, toColumns } from './client-row.ts'
import type { ClientStore } from './client-store.ts'
import type { Registration } from './registration.ts'

/** Of a set `s`: what a judgement needs of it. */
const SET_COLUMNS = `
    s.version AS trust_anchors_version, s.revocation, s.extended_key_usage, s.crl_generation,
    (SELECT json_group_array(hex(a.certificate)) FROM trust_anchors a
      WHERE a.set_name = s.name) AS trust_anchors,
    (SELECT json_group_array(hex(i.certificate)) FROM trust_set_intermediates i
      WHERE i.set_name = s.name) AS intermediates`

// One statement, so that a client and its set are of one moment.
const FIND = `
  SELECT c.client_id, c.client_name, c.version, c.enabled, c.token_endpoint_auth_method,
    c.trust_anchor_set, c.subject_attribute, c.subject_value, c.subject_key, c.jwks, c.scope,
    c.resources, c.tls_client_certificate_bound_access_tokens, c.access_token_format,
    c.introspection_resources,
    ${SET_COLUMNS}
  FROM clients c LEFT JOIN trust_anchor_sets s ON s.name = c.trust_anchor_set
  WHERE c.client_id = ?1`

/** The clients in D1: the truth. */
export const d1Clients = (db: D1Database): ClientStore => ({
  find: (clientId) => fromStore('D1', () => db.prepare(FIND).bind(clientId).first<ClientRow>()),
})

const FIND_SET = `SELECT ${SET_COLUMNS} FROM trust_anchor_sets s WHERE s.name = ?1`

/**
 * A registration that stands in the configuration and not in D1, with its set of trust anchors, which
 * does: under whatever name it is asked for.
 */
export const configuredClient = (db: D1Database, registration: Registration): ClientStore => {
  const columns = toColumns(registration)
  return {
    async find() {
      const set = await fromStore('D1', () =>
        db.prepare(FIND_SET).bind(columns.trust_anchor_set).first<SetColumns>(),
      )
      return set === null ? null : { ...columns, version: 1, enabled: 1, ...set }
    },
  }
}
