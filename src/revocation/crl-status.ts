import {
  type Database,
  integerOf,
  integerOrNull,
  statement,
  textOf,
  textOrNull,
} from '../storage/database.ts'
import { readCrlIndexHeader } from '../x509/index.ts'

const CRLS = `
  SELECT issuer, issuer_key, header, stored_at FROM crl_lists
  WHERE set_name = ?1 ORDER BY issuer, issuer_key, scope`

const SOURCES = `
  SELECT url, origin, fetched_at, next_attempt_at, error FROM crl_sources
  WHERE set_name = ?1 ORDER BY url`

/** The CRLs of a set and their sources, in the names that `--json` uses. Times in seconds. */
export type CrlStatus = Awaited<ReturnType<typeof readCrlStatus>>

/** Reads the CRLs in force of a set, and its sources with the result of the last fetch. */
export async function readCrlStatus(database: Database, set: string, now: number) {
  const [crlRows = [], sourceRows = []] = await database.batch([
    statement(CRLS, set),
    statement(SOURCES, set),
  ])
  const crls = crlRows.map((row) => {
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
  const sources = sourceRows.map((row) => ({
    url: textOf(row, 'url'),
    origin: textOf(row, 'origin'),
    fetched_at: integerOrNull(row, 'fetched_at'),
    next_attempt_at: integerOf(row, 'next_attempt_at'),
    error: textOrNull(row, 'error'),
  }))
  return { crls, sources }
}
