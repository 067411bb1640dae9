import { describe, expect, it } from 'vitest'
import {
  basicConstraints,
  extension,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  type MintKeyPair,
  type MintRequest,
  mintCertificate,
  nameConstraints,
  subjectAltName,
} from '../../../test/support/mint/mint.ts'
import { type ParseRefusal, type PathRefusal, verifyCertificatePath } from '../../x509/index.ts'
import { refusalHints } from './refusal-hint.ts'

const now = 1_800_000_000
const year = 31_536_000
const rootKey = await generateKeyPair('ES256')
const caKey = await generateKeyPair('ES256')
const leafKey = await generateKeyPair('ES256')

/** What a case changes in the chain root, issuing CA, leaf. */
type Change = {
  readonly leaf?: Partial<MintRequest>
  readonly ca?: Partial<MintRequest>
  readonly root?: Partial<MintRequest>
  readonly signCaWith?: MintKeyPair
  readonly without?: 'ca'
}

async function refusalOf(change: Change): Promise<PathRefusal> {
  const ordinary = { notBefore: now - year, notAfter: now + year }
  const caExtensions = [basicConstraints({ cA: true }), keyUsage(['keyCertSign'])]
  const root = await mintCertificate({
    ...ordinary,
    ...{ subject: 'CN=Root', issuer: 'CN=Root', publicKey: rootKey, signWith: rootKey },
    extensions: caExtensions,
    ...change.root,
  })
  const ca = await mintCertificate({
    ...ordinary,
    ...{ subject: 'CN=Issuing', issuer: 'CN=Root', publicKey: caKey },
    signWith: change.signCaWith ?? rootKey,
    extensions: caExtensions,
    ...change.ca,
  })
  const leaf = await mintCertificate({
    ...ordinary,
    ...{ subject: 'CN=leaf', issuer: 'CN=Issuing', publicKey: leafKey, signWith: caKey },
    extensions: [extKeyUsage(['clientAuth'])],
    ...change.leaf,
  })
  const verdict = await verifyCertificatePath({
    leaf,
    intermediates: change.without === 'ca' ? [] : [ca],
    trustAnchors: [root],
    time: now,
  })
  if (verdict.ok) throw new Error('accepted')
  return verdict
}

const weakKey = await generateKeyPair('RS256', { modulusLength: 1024 })
const ca = (...more: Uint8Array<ArrayBuffer>[]) => [basicConstraints({ cA: true }), ...more]

describe('the hint of a refusal', () => {
  const cases: [reason: PathRefusal['reason'], change: Change, message: RegExp][] = [
    [
      'expired',
      { leaf: { notAfter: now - 864_000 } },
      /^it expired 2027-01-05 .*, 10 days ago\nask/,
    ],
    [
      'not_yet_valid',
      { leaf: { notBefore: now + 60 } },
      /^it is valid from 2027-01-15 .*\ncheck the clocks/,
    ],
    [
      'extended_key_usage',
      { leaf: { extensions: [extKeyUsage(['serverAuth'])] } },
      /^its extendedKeyUsage lacks clientAuth/,
    ],
    [
      'key_usage',
      { leaf: { extensions: [keyUsage(['keyEncipherment'])] } },
      /^its keyUsage does not allow/,
    ],
    [
      'not_a_ca',
      { ca: { extensions: [] } },
      /^this is about a CA, 1 above .*: CN=Issuing\nit issued/,
    ],
    [
      'path_too_long',
      { root: { extensions: [basicConstraints({ cA: true, pathLen: 0 })] } },
      /pathLenConstraint/,
    ],
    [
      'name_constraints',
      {
        ca: { extensions: ca(nameConstraints({ permitted: [{ dns: 'acme.example' }] })) },
        leaf: { extensions: [subjectAltName([{ dns: 'x.example' }])] },
      },
      /^the name is x\.example, the CA CN=Issuing\n.*nameConstraints/,
    ],
    [
      'key_too_small',
      { leaf: { publicKey: weakKey } },
      /^the key has 1024 bits\nask for one with RSA/,
    ],
    [
      'unhandled_critical_extension',
      { leaf: { extensions: [extension('1.2.3.4', true, Uint8Array.of(5, 0))] } },
      /^the extension is 1\.2\.3\.4\nit is valid only/,
    ],
    ['signature_invalid', { signCaWith: leafKey }, /another key.*\nfind it$/],
    [
      'trust_anchor',
      { root: { notAfter: now - 1 } },
      /^this is about the trust anchor CN=Root: expired\nask/,
    ],
    ['unknown_issuer', { without: 'ca' }, /^its issuer is CN=Issuing\nfind it$/],
  ]
  it.each(cases)('%s', async (reason, change, message) => {
    const refusal = await refusalOf(change)
    expect(refusal.reason).toBe(reason)
    expect(refusalHints(refusal, ['find it']).join('\n')).toMatch(message)
  })

  it('names what is malformed', () => {
    const hintOf = (problem: ParseRefusal) =>
      refusalHints({ reason: 'malformed_intermediate', index: 0, problem }, [])[0]
    expect(hintOf({ reason: 'too_many_elements', limit: 1000 })).toMatch(/more than 1000 encoded/)
    expect(hintOf({ reason: 'bad_validity' })).toBe('what is malformed: bad_validity')
  })
})
