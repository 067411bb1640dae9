import {
  type Database,
  integerOf,
  integerOrNull,
  statement,
  textOf,
  textOrNull,
} from '../storage/database.ts'
import { readCrlIndexHeader } from '../x509/index.ts'

/** A CRL in force, in the names that `--json` uses. Times in seconds since the epoch. */
export type CrlStatus = {
  readonly issuer: string
  readonly issuer_key: string
  readonly crl_number: string | null
  readonly entries: number
  readonly this_update: number
  readonly next_update: number
  readonly stored_at: number
  /** Since thisUpdate, in seconds. */
  readonly age: number
  readonly stale: boolean
}

/** Where a CRL is fetched, and the result of the last attempt. */
export type CrlSourceStatus = {
  readonly url: string
  readonly origin: string
  readonly fetched_at: number | null
  readonly next_attempt_at: number
  readonly error: string | null
}

const CRLS = `
  SELECT issuer, issuer_key, header, stored_at FROM crl_lists
  WHERE set_name = ?1 ORDER BY issuer, issuer_key, scope`

const SOURCES = `
  SELECT url, origin, fetched_at, next_attempt_at, error FROM crl_sources
  WHERE set_name = ?1 ORDER BY url`

/** Reads the CRLs of a set and their sources. */
export async function readCrlStatus(database: Database, set: string, now: number) {
  const [crlRows = [], sourceRows = []] = await database.batch([
    statement(CRLS, set),
    statement(SOURCES, set),
  ])
  const crls = crlRows.map((row): CrlStatus => {
    const header = readCrlIndexHeader(textOf(row, 'header'))
    const { crlNumber = null, entries = 0, thisUpdate = 0, nextUpdate = 0 } = header ?? {}
    return {
      issuer: textOf(row, 'issuer'),
      issuer_key: textOf(row, 'issuer_key'),
      crl_number: crlNumber,
      entries,
      this_update: thisUpdate,
      next_update: nextUpdate,
      stored_at: integerOf(row, 'stored_at'),
      age: now - thisUpdate,
      stale: now > nextUpdate,
    }
  })
  const sources = sourceRows.map(
    (row): CrlSourceStatus => ({
      url: textOf(row, 'url'),
      origin: textOf(row, 'origin'),
      fetched_at: integerOrNull(row, 'fetched_at'),
      next_attempt_at: integerOf(row, 'next_attempt_at'),
      error: textOrNull(row, 'error'),
    }),
  )
  return { crls, sources }
}
