import type { CaCertificate } from '../../trust-anchors/ca-certificate.ts'
import { addIntermediates } from '../../trust-anchors/change-set.ts'
import { refusalBySet, type StoredSet } from '../../trust-anchors/stored-set.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { auditedBy, changeOptions, command } from '../command.ts'
import { done } from '../outcome.ts'
import { columns, count } from '../terminal.ts'
import { caRow, readCas, refusedSet } from './read-cas.ts'

export const caAddIntermediate = command({
  name: 'ca add-intermediate',
  summary: 'store an intermediate CA, for partners whose certificates arrive without it',
  operands: 'SET FILE...',
  about: [
    'For TLS terminators that forward the certificate without its chain, and for partners that send no',
    'chain. An intermediate completes the path to an anchor of the set; it is not trusted by itself.',
  ],
  options: changeOptions,
  examples: ['certbound ca add-intermediate acme-ca acme-issuing.pem'],
  async run({ operands: [set = '', ...files], options }, context) {
    const cas = await readCas(context.cwd, files, set)
    if (!cas.ok) return cas.error
    const database = await context.open(options)
    const by = auditedBy(options, context)
    const added = await addIntermediates(database, set, cas.value, by)
    if (!added.ok) return refusedSet(set, added.error)
    const { before, fresh } = added.value
    const stateOf = ({ sha256 }: CaCertificate): string => {
      if (fresh.some((one) => one.sha256 === sha256)) return 'added'
      return before.anchors.some((one) => one.sha256 === sha256)
        ? 'is an anchor'
        : 'already present'
    }
    const rows = cas.value.map((ca) => caRow(stateOf(ca), ca))
    const freshFingerprints = fresh.map(({ sha256 }) => sha256)
    const stored = before.intermediates.map(({ sha256 }) => sha256)
    return done(
      columns(rows),
      { set, added: freshFingerprints, intermediates: [...stored, ...freshFingerprints] },
      [
        ...(await warnings(before, cas.value, context.now)),
        `${set} has ${count(stored.length + fresh.length, 'intermediate')}`,
      ],
    )
  },
})

/** Warns of CAs without a path to an anchor today. They are allowed: a new root may be added later. */
async function warnings(
  set: StoredSet,
  cas: readonly CaCertificate[],
  time: number,
): Promise<string[]> {
  const lines: string[] = []
  const intermediates = cas.map(({ certificate }) => certificate.der)
  for (const { certificate } of cas) {
    const path = { leaf: certificate.der, intermediates }
    const refusal = await refusalBySet(set, path, time, 'any')
    if (refusal === null) continue
    const why = `${refusal.reason}, ${describeLife(certificate, time)}`
    lines.push(`no path to an anchor of ${set.name} today: ${certificate.subject} (${why})`)
  }
  return lines
}
