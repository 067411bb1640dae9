import { expect, it } from 'vitest'
import { certificateStatus, type Proof } from '../../src/x509/crl/certificate-status.ts'
import { type RevocationList, revocationList } from '../../src/x509/crl/revocation-list.ts'
import { listedSubject } from '../../src/x509/crl/scope.ts'
import { type Certificate, parseCertificate, parseCertificateList } from '../../src/x509/index.ts'
import { describeVectors, octets, readJsonLines } from '../support/node/vectors.ts'

type Row = {
  readonly id: string
  readonly leaf: string
  readonly issuer: string
  readonly issuer_2: string | null
  readonly crl: string
  readonly validation_time: string
  readonly expected_status: 'GOOD' | 'REVOKED' | 'UNKNOWN'
}

/** Intended differences with their reasons. The test also fails if one of them has the expected outcome. */
const exceptions: Readonly<Record<string, { status: Row['expected_status']; because: string }>> = {
  'chromium-crl::bad_crldp_has_crlissuer': {
    status: 'GOOD',
    because:
      'RFC 5280 section 6.3.3: "any available CRLs not specified in a distribution point but issued by the certificate issuer"; Chromium uses only CRLs of distribution points',
  },
  'chromium-crl::bad_idp_indirectcrl': {
    status: 'GOOD',
    because: 'RFC 5280 section 5.3.3: indirect lists are understood here',
  },
  'chromium-crl::good_no_nextupdate': {
    status: 'UNKNOWN',
    because:
      'RFC 5280 section 5.1.2.5: "MUST include the nextUpdate"; without it the age of a CRL has no limit',
  },
}

// The keys have 1024 bits, which path validation refuses: the CRLs are checked without a path.
describeVectors('chromium-crl.jsonl', (path) => {
  const rows = readJsonLines<Row>(path)

  it('the status of a certificate is that of Chromium, except for the listed exceptions', async () => {
    expect(rows.length).toBeGreaterThan(30)
    const statuses = await Promise.all(rows.map(async (row) => [row.id, await statusOf(row)]))
    const expected = rows.map((row) => [row.id, exceptions[row.id]?.status ?? row.expected_status])
    expect(statuses).toEqual(expected)
  })
})

async function statusOf(row: Row): Promise<Row['expected_status']> {
  const parsed = parseCertificateList(octets(row.crl))
  if (!parsed.ok) return 'UNKNOWN'
  const issuers = [row.issuer, row.issuer_2].flatMap((der) => (der === null ? [] : [read(der)]))
  const { status } = await certificateStatus(listedSubject(read(row.leaf)), {
    lists: [revocationList(parsed.crl)],
    time: Date.parse(row.validation_time) / 1000,
    spend: () => true,
    prove: (list) => prove(list, issuers),
  })
  return status === 'good' ? 'GOOD' : status === 'revoked' ? 'REVOKED' : 'UNKNOWN'
}

async function prove(list: RevocationList, issuers: readonly Certificate[]): Promise<Proof> {
  for (const issuer of issuers) {
    if (!(await list.isSignedBy(issuer, () => true))) continue
    return issuer.keyUsage?.has('cRLSign') ? { key: 'issuer' } : { why: 'signer_may_not_sign' }
  }
  return { why: 'not_signed_by_issuer' }
}

function read(der: string): Certificate {
  const parsed = parseCertificate(octets(der))
  return parsed.ok ? parsed.certificate : expect.fail(parsed.reason)
}
