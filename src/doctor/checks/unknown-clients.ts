import { equalBytes } from '../../encoding/bytes.ts'
import { tokenForm, told, verdictOf } from '../asking.ts'
import { type Check, type Examination, needsPartner, type Partner } from '../examination.ts'
import { bad, type Finding, type FindingId, good, skipped } from '../findings/findings.ts'
import { namesOf, throwaway } from '../throwaway.ts'

const day = 86_400

type Wish = { readonly issuer: Uint8Array<ArrayBuffer>; readonly expired: boolean }

/** Certificates that claim to be the partner's, and are made up. */
export const strangers: Check = {
  says: "showing certificates of the partner's name",
  async run(examination) {
    const { partner } = examination
    const ids = ['stranger-self-signed', 'stranger-expired', 'stranger-issued'] as const
    if (partner === null) return ids.map((id) => skipped(id, needsPartner))
    const { subject, issuer } = namesOf(partner.certificate)
    const findings = [
      await show(examination, partner, 'stranger-self-signed', { issuer: subject, expired: false }),
      await show(examination, partner, 'stranger-expired', { issuer: subject, expired: true }),
    ]
    return equalBytes(subject, issuer)
      ? [...findings, skipped('stranger-issued', "the partner's certificate is self-signed")]
      : [
          ...findings,
          await show(examination, partner, 'stranger-issued', { issuer, expired: false }),
        ]
  },
}

async function show(
  { wire, found, clock }: Examination,
  partner: Partner,
  id: FindingId,
  { issuer, expired }: Wish,
): Promise<Finding> {
  const now = clock()
  const identity = await throwaway({
    ...namesOf(partner.certificate),
    issuer,
    notBefore: now - 30 * day,
    notAfter: expired ? now - day : now + day,
  })
  const form = tokenForm(partner)
  const exchanged = await wire.send({ url: found.mtlsTokenEndpoint, form, identity })
  const { kind } = verdictOf(exchanged)
  if (kind === 'untold') return skipped(id, told(exchanged))
  return (kind === 'token' ? bad : good)(id, told(exchanged))
}
