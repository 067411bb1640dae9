import { type CrlStatus, readCrlStatus } from '../../revocation/crl-store.ts'
import { readStoredSets, type StoredSet } from '../../trust-anchors/stored-set.ts'
import { command, databaseOptions } from '../command.ts'
import { checked } from '../outcome.ts'
import { columns, count, formatSpan, formatTime } from '../terminal.ts'
import { memberJson } from './list.ts'
import { unknownSet } from './read-cas.ts'

type SetStatus = CrlStatus & { readonly set: StoredSet }

export const caStatus = command({
  name: 'ca status',
  summary: 'show the CRLs in force, where they are fetched, and what is wrong',
  operands: '[SET]',
  about: [
    'Exit status 1 if a set that checks CRLs has none, a stale one or a source that fails, and if an',
    'intermediate of a set has expired.',
  ],
  options: databaseOptions,
  examples: ['certbound ca status', 'certbound ca status acme-ca --json'],
  async run({ operands: [only], options }, context) {
    const database = await context.open(options)
    const found: SetStatus[] = []
    for (const set of await readStoredSets(database, only)) {
      found.push({ set, ...(await readCrlStatus(database, set.name, context.now)) })
    }
    if (only !== undefined && found.length === 0) return unknownSet(only)
    const problems = found.flatMap((one) => problemsOf(one, context.now))
    const sets = found.map(({ set, crls, sources }) => ({
      name: set.name,
      revocation: set.settings.revocation,
      generation: set.crlGeneration,
      intermediates: set.intermediates.map(memberJson),
      lists: crls,
      sources,
    }))
    return checked(problems.length === 0, found.flatMap(linesOf), { sets }, problems)
  },
})

function problemsOf({ set, crls, sources }: SetStatus, now: number): string[] {
  const { name, settings, intermediates } = set
  const problems = intermediates
    .filter(({ notAfter }) => notAfter < now)
    .map(
      ({ sha256, subject }) =>
        `${name}: an intermediate has expired: ${subject}: \`certbound ca remove-intermediate ${name} ${sha256.slice(0, 16)}\``,
    )
  if (settings.revocation === 'off') return problems
  if (crls.length === 0) {
    problems.push(`${name}: no CRL in force: \`certbound ca refresh ${name}\``)
  }
  for (const { stale, issuer, next_update } of crls) {
    if (stale) problems.push(`${name}: stale since ${formatTime(next_update)}: ${issuer}`)
  }
  for (const { url, error } of sources) {
    if (error !== null) problems.push(`${name}: ${url}: ${error}`)
  }
  return problems
}

function linesOf({ set, crls, sources }: SetStatus): string[] {
  const { name, settings, crlGeneration, intermediates } = set
  const intermediateRows = intermediates.map(({ notAfter, subject }) => [
    '  intermediate',
    `until ${formatTime(notAfter)}`,
    subject,
  ])
  const crlRows = crls.map((crl) => [
    `  ${crl.stale ? 'stale' : 'current'}`,
    `number ${crl.crl_number ?? 'none'}`,
    `${crl.entries} revoked`,
    `${formatTime(crl.this_update)} (${formatSpan(crl.age)} old)`,
    `until ${formatTime(crl.next_update)}`,
    crl.issuer,
  ])
  const sourceRows = sources.map(({ origin, url, fetched_at, error }) => [
    `  ${origin === 'operator' ? 'from' : 'from (certificate)'}`,
    url,
    fetched_at === null ? 'never fetched' : `fetched ${formatTime(fetched_at)}`,
    error ?? 'ok',
  ])
  return [
    `${name}: revocation ${settings.revocation}, ${count(crls.length, 'CRL')}, generation ${crlGeneration}`,
    ...columns(intermediateRows),
    ...columns(crlRows),
    ...columns(sourceRows),
  ]
}
