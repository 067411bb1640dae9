import type { Bytes } from '../../encoding/bytes.ts'
import { err, ok, type Result } from '../../encoding/result.ts'
import { sha256Hex } from '../../encoding/sha256.ts'
import { addCrlIssuer, sourcesOf } from '../../revocation/crl-sources.ts'
import {
  type InstalledCrl,
  installCrl,
  problemText,
  type RefreshProblem,
  refreshSource,
} from '../../revocation/refresh-crls.ts'
import { type Database, query, textOf } from '../../storage/database.ts'
import { maxCertificateListSize } from '../../x509/index.ts'
import { type ReadCertificate, readAllCertificates, readCrls } from '../cert/read-certificates.ts'
import { changeOptions, command, type Options } from '../command.ts'
import type { Context } from '../context.ts'
import { checked, nothingChanged, type Outcome, usage } from '../outcome.ts'
import { columns, count } from '../terminal.ts'
import { unknownSet } from './read-cas.ts'

/** Options for CRLs from files. */
export const crlOptions = {
  crl: { multiple: true, value: 'FILE', help: 'verify a CRL and put it into force now' },
  'crl-issuer': {
    multiple: true,
    value: 'FILE',
    help: 'a CA that signs CRLs, if the set does not know it yet',
  },
} as const satisfies Options

/** CRLs and their issuers, read from files. */
export type CrlFiles = {
  readonly crls: readonly { readonly file: string; readonly der: Bytes }[]
  readonly issuers: readonly ReadCertificate[]
}

/** The result for one CRL, in the names that `--json` uses. */
export type CrlResult = {
  readonly set: string
  /** The URL or the file. */
  readonly from: string
  readonly outcome: 'stored' | 'unchanged' | 'refused'
  /** What the CRL contains, or why it was refused. */
  readonly detail: string
}

/** Reads the files of {@link crlOptions}. */
export async function readCrlFiles(
  cwd: string,
  options: { readonly crl: readonly string[]; readonly 'crl-issuer': readonly string[] },
): Promise<Result<CrlFiles, Outcome>> {
  const crls: { file: string; der: Bytes }[] = []
  for (const file of options.crl) {
    const read = await readCrls(cwd, file)
    if (!read.ok) return read
    crls.push(...read.value.map((der) => ({ file, der })))
  }
  const issuers = await readAllCertificates(cwd, options['crl-issuer'])
  return issuers.ok ? ok({ crls, issuers: issuers.value }) : err(issuers.error)
}

type Target = { readonly remote: boolean; readonly 'dry-run': boolean }

/** D1 accepts 100 KB for a statement without parameters, and one command of wrangler is one statement. */
const howToInstall = ({ remote, ...target }: Target, now: number) => ({
  now,
  octetsPerBatch: remote ? 40_000 : 1 << 20,
  dryRun: target['dry-run'],
})

/**
 * Puts CRLs into force. An issuer is not verified against the anchors here: a CRL counts only on paths
 * that contain the key that signed it.
 */
export async function installCrls(
  database: Database,
  set: string,
  { crls, issuers }: CrlFiles,
  { now }: Pick<Context, 'now'>,
  target: Target,
): Promise<CrlResult[]> {
  const certificates = issuers.map(({ certificate }) => certificate)
  for (const certificate of target['dry-run'] ? [] : certificates) {
    const fingerprint = await sha256Hex(certificate.der)
    await database.batch([addCrlIssuer(set, fingerprint, certificate.der, now)])
  }
  const how = { ...howToInstall(target, now), issuers: certificates }
  const installed: CrlResult[] = []
  for (const { file, der } of crls) {
    const result = await installCrl(database, set, der, how)
    installed.push({ set, from: file, ...outcomeOf(result) })
  }
  return installed
}

/** Fetches all CRLs of a set and puts them into force. */
async function fetchCrls(
  database: Database,
  set: string,
  context: Context,
  target: Target,
): Promise<CrlResult[]> {
  const installed: CrlResult[] = []
  for (const source of await sourcesOf(database, set)) {
    context.say(`fetching ${source.url}`)
    const result = await refreshSource(source, {
      database,
      fetcher: context.fetch,
      maxSize: maxCertificateListSize,
      ...howToInstall(target, context.now),
    })
    installed.push({ set, from: source.url, ...outcomeOf(result) })
  }
  return installed
}

function outcomeOf(
  result: Result<InstalledCrl, RefreshProblem>,
): Pick<CrlResult, 'outcome' | 'detail'> {
  if (!result.ok) return { outcome: 'refused', detail: problemText(result.error) }
  const { status, header, issuer } = result.value
  const entries = header.entries === 1 ? '1 entry' : `${header.entries} entries`
  return { outcome: status, detail: `${issuer}, number ${header.crlNumber ?? 'none'}, ${entries}` }
}

/** A row for each CRL. */
export const crlRows = (installed: readonly CrlResult[]): string[][] =>
  installed.map(({ set, from, outcome, detail }) => [outcome, set, from, detail])

/** A line about refused CRLs; empty if none was refused. */
export function refusedCrls(installed: readonly CrlResult[]): string[] {
  const refused = installed.filter(({ outcome }) => outcome === 'refused').length
  if (refused === 0) return []
  return [
    `${count(refused, 'CRL')} refused: no CRL in force was replaced; reasons: docs/log-codes.md`,
  ]
}

const SETS = `
  SELECT name FROM trust_anchor_sets
  WHERE name = ?1 OR (?1 IS NULL AND revocation <> 'off') ORDER BY name`

export const caRefresh = command({
  name: 'ca refresh',
  summary: 'fetch the CRLs of a set now, or read them from files',
  operands: '[SET]',
  about: [
    'The Worker fetches CRLs of up to 8 MiB every hour by itself. This command also indexes larger ones,',
    'of up to 64 MiB. With --crl nothing is fetched. A CRL is refused if it is older than the one in',
    'force, or if no CA of the set signed it. Exit status 1 if a CRL was refused.',
  ],
  options: { ...crlOptions, ...changeOptions },
  examples: [
    'certbound ca refresh --remote',
    'certbound ca refresh acme-ca --crl issuing.crl --crl-issuer issuing.pem',
  ],
  async run({ operands: [set], options }, context) {
    const fromFiles = options.crl.length > 0 || options['crl-issuer'].length > 0
    if (fromFiles && set === undefined) return usage('--crl and --crl-issuer need a SET')
    const files = await readCrlFiles(context.cwd, options)
    if (!files.ok) return files.error
    const database = await context.open(options)
    const sets = (await query(database, SETS, set ?? null)).map((row) => textOf(row, 'name'))
    if (set !== undefined && sets.length === 0) return unknownSet(set)
    const installed: CrlResult[] = []
    for (const one of sets) {
      installed.push(...(await installCrls(database, one, files.value, context, options)))
      if (!fromFiles) installed.push(...(await fetchCrls(database, one, context, options)))
    }
    const next = refusedCrls(installed)
    const passed = next.length === 0
    if (installed.length === 0 && !fromFiles) {
      next.push(
        'nothing to fetch: no --crl-url, and no certificate so far names a CRL at an allowed host (`ca set`)',
      )
    }
    if (options['dry-run']) next.push(nothingChanged)
    return checked(passed, columns(crlRows(installed)), { refreshed: installed }, next)
  },
})
