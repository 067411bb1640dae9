import { equalBytes } from '../../encoding/bytes.ts'
import { type Check, type Examination, needsPartner, type Partner } from '../examination.ts'
import { type Finding, type FindingId, skipped } from '../findings.ts'
import { forgeCertificate, namesOf } from '../forge-certificate.ts'
import { noTokenFinding, tokenForm } from '../token-request.ts'

const day = 86_400

type Change = { readonly issuer: Uint8Array<ArrayBuffer>; readonly expired: boolean }

/** Presents invented certificates with the partner's name. */
export const unknownCertificates: Check = {
  activity: "presenting invented certificates with the partner's name",
  async run(examination) {
    const { partner } = examination
    const ids = ['stranger-self-signed', 'stranger-expired', 'stranger-issued'] as const
    if (partner === null) return ids.map((id) => skipped(id, needsPartner))
    const { subject, issuer } = namesOf(partner.certificate)
    const present = (id: FindingId, change: Change) =>
      presentCertificate(examination, partner, id, change)
    return [
      await present('stranger-self-signed', { issuer: subject, expired: false }),
      await present('stranger-expired', { issuer: subject, expired: true }),
      equalBytes(subject, issuer)
        ? skipped('stranger-issued', "the partner's certificate is self-signed")
        : await present('stranger-issued', { issuer, expired: false }),
    ]
  },
}

async function presentCertificate(
  { http, deployment, clock }: Examination,
  partner: Partner,
  id: FindingId,
  { issuer, expired }: Change,
): Promise<Finding> {
  const now = clock()
  const identity = await forgeCertificate({
    ...namesOf(partner.certificate),
    issuer,
    notBefore: now - 30 * day,
    notAfter: expired ? now - day : now + day,
  })
  const form = tokenForm(partner)
  const exchange = await http.send({ url: deployment.mtlsTokenEndpoint, form, identity })
  return noTokenFinding(id, exchange)
}
