import type { Bytes } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { addIssuer, type CrlSource, sourcesOf } from '../../revocation/crl-sources.ts'
import { installCrl, type TakenList } from '../../revocation/install-crl.ts'
import { problemText, refreshSource } from '../../revocation/refresh.ts'
import type { Database } from '../../storage/database.ts'
import { maxCertificateListSize } from '../../x509/index.ts'
import { sha256 } from '../cert/describe-certificate.ts'
import { type ReadCertificate, readAllCertificates } from '../cert/read-certificates.ts'
import { readLists } from '../cert/read-lists.ts'
import type { Options } from '../command.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'
import { count } from '../terminal.ts'

/** Options that bring lists along. */
export const listOptions = {
  crl: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'a CRL to verify and to put into force now',
  },
  'crl-issuer': {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'a CA below the anchors that signs CRLs, not met yet',
  },
} as const satisfies Options

/** Lists and their issuers as they were read. */
export type GivenLists = {
  readonly lists: readonly { readonly file: string; readonly der: Bytes }[]
  readonly issuers: readonly ReadCertificate[]
}

/** What became of one list. */
export type Refreshed = {
  readonly set: string
  /** The URL or the file. */
  readonly from: string
  readonly outcome: 'stored' | 'unchanged' | 'refused'
  /** What is in it, or why it was refused. */
  readonly detail: string
}

/** Reads the files of the options. */
export async function readGivenLists(
  cwd: string,
  options: { readonly crl: readonly string[]; readonly 'crl-issuer': readonly string[] },
): Promise<Result<GivenLists, Outcome>> {
  const lists: { file: string; der: Bytes }[] = []
  for (const file of options.crl) {
    const read = await readLists(cwd, [file])
    if (!read.ok) return read
    lists.push(...read.value.map((der) => ({ file, der })))
  }
  const issuers = await readAllCertificates(cwd, options['crl-issuer'])
  return issuers.ok ? ok({ lists, issuers: issuers.value }) : err(issuers.error)
}

/** D1 takes 100 KB for a statement without parameters, and one command carries one: see remote.ts. */
const octetsPerBatch = (remote: boolean): number => (remote ? 40_000 : 1 << 20)

/**
 * Puts given lists into force. Whether an issuer is below the anchors is not asked here: a list counts
 * only on paths on which somebody has the key that signed it.
 */
export async function loadLists(
  database: Database,
  set: string,
  given: GivenLists,
  how: { readonly now: number; readonly remote: boolean },
): Promise<Refreshed[]> {
  const { now, remote } = how
  for (const { certificate } of given.issuers) {
    const fingerprint = await sha256(certificate)
    await database.batch([addIssuer(set, fingerprint, certificate.der, now)])
  }
  const refreshed: Refreshed[] = []
  for (const { file, der } of given.lists) {
    const taken = await installCrl(database, set, der, {
      now,
      octetsPerBatch: octetsPerBatch(remote),
    })
    refreshed.push({ set, from: file, ...outcomeOf(taken) })
  }
  return refreshed
}

/** Fetches all lists of a set now. */
export async function fetchLists(
  database: Database,
  set: string,
  context: Context,
  remote: boolean,
): Promise<Refreshed[]> {
  const refreshed: Refreshed[] = []
  for (const source of await sourcesOf(database, set)) {
    refreshed.push(await fetchOne(database, source, context, remote))
  }
  return refreshed
}

async function fetchOne(
  database: Database,
  source: CrlSource,
  { now, fetch: fetcher, say }: Context,
  remote: boolean,
): Promise<Refreshed> {
  say(`fetching ${source.url}`)
  const taken = await refreshSource(source, {
    database,
    fetcher,
    now,
    maxSize: maxCertificateListSize,
    octetsPerBatch: octetsPerBatch(remote),
  })
  return { set: source.set, from: source.url, ...outcomeOf(taken) }
}

function outcomeOf(
  taken: Result<TakenList, Parameters<typeof problemText>[0]>,
): Pick<Refreshed, 'outcome' | 'detail'> {
  if (!taken.ok) return { outcome: 'refused', detail: problemText(taken.error) }
  const { what, header, issuer } = taken.value
  const entries = header.entries === 1 ? '1 entry' : `${header.entries} entries`
  return { outcome: what, detail: `${issuer}, number ${header.crlNumber ?? 'none'}, ${entries}` }
}

/** What became of lists, a row each. */
export const refreshedRows = (refreshed: readonly Refreshed[]): string[][] =>
  refreshed.map(({ set, from, outcome, detail }) => [outcome, set, from, detail])

/** How many were refused, in words; empty where none was. */
export const refusedWords = (refreshed: readonly Refreshed[]): string[] => {
  const refused = refreshed.filter(({ outcome }) => outcome === 'refused').length
  return refused === 0
    ? []
    : [
        `${count(refused, 'CRL')} refused: the lists in force stay; docs/log-codes.md has the reasons`,
      ]
}
