import { addAnchors } from '../../trust-anchors/change-set.ts'
import { isTrustAnchorSetName } from '../../trust-anchors/trust-anchor-set.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { auditedBy, changeOptions, command } from '../command.ts'
import { checked, usage } from '../outcome.ts'
import { columns, count } from '../terminal.ts'
import { crlOptions, crlRows, installCrls, readCrlFiles, refusedCrls } from './crls.ts'
import { caRow, readCas, refusedSet } from './read-cas.ts'
import { settingOptions, settingsChange } from './set.ts'

export const caAdd = command({
  name: 'ca add',
  summary: 'trust a CA, in a named trust anchor set',
  operands: 'SET FILE...',
  about: [
    'The certificates of a client are verified against the set that it was registered with (`client add',
    '--ca SET`), and against no other set. A CA can be a root or an intermediate. The set is made if it',
    'does not exist. Every CA of a set is trusted by itself; add a CA that only completes the chain with',
    '`ca add-intermediate` instead.',
  ],
  options: { ...settingOptions, ...crlOptions, ...changeOptions },
  examples: [
    'certbound ca add acme-ca acme-root.pem',
    'certbound ca add banks root-1.pem root-2.pem',
    'certbound ca add acme-ca acme-root.pem --revocation require --crl root.crl',
  ],
  async run({ operands: [set = '', ...files], options }, context) {
    if (!isTrustAnchorSetName(set)) {
      return usage(`"${set}" cannot be the name of a set: use 1 to 64 of A-Z a-z 0-9 . _ -`)
    }
    const cas = await readCas(context.cwd, files, set)
    if (!cas.ok) return cas.error
    const crls = await readCrlFiles(context.cwd, options)
    if (!crls.ok) return crls.error
    const database = await context.open(options)
    const by = auditedBy(options, context)
    const added = await addAnchors(database, set, cas.value, settingsChange(options), by)
    if (!added.ok) return refusedSet(set, added.error)
    const installed = await installCrls(database, set, crls.value, context, options)
    const { before, fresh } = added.value
    const present = before?.anchors.map(({ sha256 }) => sha256) ?? []
    const freshFingerprints = fresh.map(({ sha256 }) => sha256)
    const rows = cas.value.map((ca) =>
      caRow(freshFingerprints.includes(ca.sha256) ? 'added' : 'already present', ca),
    )
    const notes = fresh.flatMap(({ certificate, sha256, selfSigned }) => {
      const { subject, issuer, notBefore, notAfter } = certificate
      const wasIntermediate = before?.intermediates.some((one) => one.sha256 === sha256) ?? false
      const warnings: string[] = []
      if (wasIntermediate) {
        warnings.push(`was an intermediate of the set, and is now trusted by itself: ${subject}`)
      } else if (!selfSigned) {
        warnings.push(
          `is not a root, and is now trusted by itself: ${subject}, issued by ${issuer}; to complete the chain only, use \`ca add-intermediate\``,
        )
      }
      if (context.now < notBefore || context.now > notAfter) {
        warnings.push(`not valid now: ${subject} (${describeLife(certificate, context.now)})`)
      }
      return warnings
    })
    const refused = refusedCrls(installed)
    const next = [
      ...refused,
      ...notes,
      `${set} trusts ${count(present.length + fresh.length, 'CA')}`,
    ]
    if (present.length === 0) {
      next.push(`next: certbound client add NAME --certificate partner.pem --ca ${set} ...`)
    }
    return checked(
      refused.length === 0,
      [...columns(rows), ...columns(crlRows(installed))],
      {
        set,
        added: freshFingerprints,
        anchors: [...present, ...freshFingerprints],
        crls: installed,
      },
      next,
    )
  },
})
