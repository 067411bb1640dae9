import * as v from 'valibot'
import { type Bytes, equalBytes } from '../encoding/bytes.ts'
import { fromHex } from '../encoding/hex.ts'
import { err, ok, type Result } from '../encoding/result.ts'
import {
  type Database,
  integerOf,
  query,
  type Row,
  statement,
  textOf,
} from '../storage/database.ts'
import { type PathRefusal, verifyCertificatePath } from '../x509/index.ts'
import type { SetSettings } from './settings.ts'
import { acceptedKeyUsages, revocationPolicies, usagePolicyOf } from './trust-anchor-set.ts'

/** A certificate of a set. Times in seconds since the epoch. */
export type Member = {
  /** Lower-case hex. */
  readonly sha256: string
  readonly subject: string
  readonly notAfter: number
  readonly addedAt: number
  readonly der: Bytes
}

/** A set with its members, in the order in which they were added. */
export type StoredSet = {
  readonly name: string
  readonly version: number
  readonly crlGeneration: number
  readonly settings: SetSettings
  readonly anchors: readonly Member[]
  readonly intermediates: readonly Member[]
}

const SET = `
  SELECT version, crl_generation, revocation, extended_key_usage, crl_hosts
  FROM trust_anchor_sets WHERE name = ?1`

const membersIn = (table: string): string => `
  SELECT sha256, subject, not_after, added_at, hex(certificate) AS certificate
  FROM ${table} WHERE set_name = ?1 ORDER BY added_at, sha256`

/** Reads a set, or null if it does not exist. */
export async function readStoredSet(database: Database, name: string): Promise<StoredSet | null> {
  const selects = [SET, membersIn('trust_anchors'), membersIn('trust_set_intermediates')]
  const statements = selects.map((sql) => statement(sql, name))
  const [sets = [], anchors = [], intermediates = []] = await database.batch(statements)
  const [row] = sets
  if (row === undefined) return null
  return {
    name,
    version: integerOf(row, 'version'),
    crlGeneration: integerOf(row, 'crl_generation'),
    settings: v.parse(settingsColumns, row),
    anchors: anchors.map(memberOf),
    intermediates: intermediates.map(memberOf),
  }
}

const jsonColumn = v.pipe(v.string(), v.parseJson())
const settingsColumns = v.object({
  revocation: v.picklist(revocationPolicies),
  extended_key_usage: v.pipe(jsonColumn, v.array(v.picklist(acceptedKeyUsages))),
  crl_hosts: v.pipe(jsonColumn, v.array(v.string())),
})

function memberOf(row: Row): Member {
  const der = fromHex(textOf(row, 'certificate'))
  if (der === null) throw new TypeError('column certificate does not hold hex')
  return {
    sha256: textOf(row, 'sha256'),
    subject: textOf(row, 'subject'),
    notAfter: integerOf(row, 'not_after'),
    addedAt: integerOf(row, 'added_at'),
    der,
  }
}

const NAMES = 'SELECT name FROM trust_anchor_sets ORDER BY name'

/** Reads one set by its name, or all sets. */
export async function readStoredSets(database: Database, name?: string): Promise<StoredSet[]> {
  const rows = name === undefined ? await query(database, NAMES) : [{ name }]
  const sets: StoredSet[] = []
  for (const row of rows) {
    const set = await readStoredSet(database, textOf(row, 'name'))
    if (set !== null) sets.push(set)
  }
  return sets
}

const CLIENTS = `
  SELECT client_id FROM clients WHERE trust_anchor_set = ?1 ORDER BY client_id LIMIT ?2`

/** The first clients of a set, at most `limit`: a set may have a million. */
export const clientsOfSet = async (
  database: Database,
  set: string,
  limit: number,
): Promise<string[]> =>
  (await query(database, CLIENTS, set, limit)).map((row) => textOf(row, 'client_id'))

/**
 * The member whose fingerprint begins with these digits, eight or more.
 * @param fingerprint SHA-256 in hex of either case, with or without colons
 * @returns the member, or how many members match
 */
export function memberBy(fingerprint: string, members: readonly Member[]): Result<Member, number> {
  const wanted = fingerprint.replaceAll(':', '').toLowerCase()
  const found = members.filter(({ sha256 }) => wanted.length >= 8 && sha256.startsWith(wanted))
  const [one] = found
  return one !== undefined && found.length === 1 ? ok(one) : err(found.length)
}

/** Whether a certificate is an anchor of a set. */
export const isAnchorOf = ({ anchors }: StoredSet, der: Uint8Array): boolean =>
  anchors.some((anchor) => equalBytes(anchor.der, der))

/**
 * Verifies a certificate against a set, with the path validation of the token endpoint and without CRLs.
 * @returns null if it would be accepted at that time
 */
export async function refusalBySet(
  set: StoredSet,
  path: { readonly leaf: Uint8Array; readonly intermediates: readonly Uint8Array[] },
  time: number,
  extendedKeyUsage: 'any' | 'clientAuth' = 'clientAuth',
): Promise<PathRefusal | null> {
  const verdict = await verifyCertificatePath({
    ...path,
    knownIntermediates: set.intermediates.map(({ der }) => der),
    trustAnchors: set.anchors.map(({ der }) => der),
    time,
    extendedKeyUsage,
    extendedKeyUsagePolicy: usagePolicyOf(set.settings.extended_key_usage),
  })
  return verdict.ok ? null : verdict
}
