import { err, ok, type Result } from '../../encoding/result.ts'
import { isSelfIssued, isSelfSigned } from '../../x509/certificate-kind.ts'
import { type Certificate, keyRefusal, publicKeyToJwk } from '../../x509/index.ts'
import { describeLife } from '../cert/describe-certificate.ts'
import { type Outcome, refused } from '../outcome.ts'

/** A certificate's key as JWK members, and words about it. */
export type SelfSigned = {
  readonly key: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
}

/**
 * Whether a certificate is self-signed, with a key and in a time that the Worker will accept.
 * @param unverified whether one out of its dates is taken all the same
 */
export async function checkSelfSigned(
  certificate: Certificate,
  now: number,
  unverified: boolean,
): Promise<Result<SelfSigned, Outcome>> {
  if (!isSelfIssued(certificate)) return err(issuedByAnother(certificate))
  const weak = keyRefusal(certificate.publicKey)
  const key = publicKeyToJwk(certificate.publicKey)
  if (weak !== null || key === null) {
    return err(
      refused(
        `the certificate's key cannot be used: ${weak?.reason ?? 'key_unsupported'}`,
        'want RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, or Ed25519',
      ),
    )
  }
  if (!(await isSelfSigned(certificate))) return err(issuedByAnother(certificate))
  const outOfDates = now < certificate.notBefore || now > certificate.notAfter
  const words = `the certificate is out of its dates: ${describeLife(certificate, now)}`
  if (outOfDates && !unverified) {
    return err(
      refused(words, 'ask the partner for a new one', '--unverified registers it all the same'),
    )
  }
  return ok({ key, notes: outOfDates ? [`unverified: ${words}`] : [] })
}

const issuedByAnother = (certificate: Certificate): Outcome =>
  refused(
    `the certificate is not self-signed: its issuer is ${certificate.issuer || '(empty)'}`,
    'with `--ca SET` it is trusted because its CA is: `certbound ca add SET CA-FILE` first',
  )
