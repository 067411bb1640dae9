import { expect, it } from 'vitest'
import { wholeOctetsOf } from '../../src/encoding/der-values.ts'
import { fromHex } from '../../src/encoding/hex.ts'
import { parseCertificate, verifySignature } from '../../src/x509/index.ts'
import { readPublicKey } from '../../src/x509/keys/public-key.ts'
import {
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from '../../src/x509/keys/signature-algorithm.ts'
import { readElement } from '../../src/x509/schema.ts'
import { describeVectors, octets, readJson, readJsonLines } from '../support/node/vectors.ts'
import { type SignatureQuestion, startX509Worker } from '../support/node/x509-worker.ts'

type ChromiumRow = {
  readonly id: string
  readonly spki: string
  readonly algorithm: string
  readonly data: string
  readonly signature: string
  readonly expected: 'VALID' | 'INVALID'
}

/** Intended differences. The test also fails if one of these signatures is valid. */
const refusedHere: Readonly<Record<string, string>> = {
  'chromium-sig::rsa-pkcs1-sha1': 'SHA-1 (RFC 6194)',
}

describeVectors('chromium-signatures.jsonl', (path) => {
  it('signatures have the expected validity', async () => {
    const rows = readJsonLines<ChromiumRow>(path)
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      const expected = row.expected === 'VALID' && refusedHere[row.id] === undefined
      expect(await verifyRow(row), row.id).toBe(expected)
    }
  })
})

/** Parses key, algorithm and BIT STRING from DER, as strictly as in a certificate. */
async function verifyRow(row: ChromiumRow): Promise<boolean> {
  const [spki, algorithm, signature] = [row.spki, row.algorithm, row.signature].map((base64) =>
    readElement(octets(base64)),
  )
  const key = spki ? readPublicKey(spki) : null
  const signatureAlgorithm = readSignatureAlgorithm(algorithm ?? null)
  const whole = wholeOctetsOf(signature)
  if (key === null || signatureAlgorithm === null || whole === null) return false
  return verifySignature({ tbs: octets(row.data), signature: whole, signatureAlgorithm }, key)
}

/** RFC 4055 section 3.1 recommends a salt as long as the hash, and allows every other. */
const acceptedHere: readonly string[] = ['boringssl-pss::pss_sha256_salt31']

describeVectors('boringssl-pss.jsonl', (path) => {
  it('self-signed PSS certificates are valid, or refused for their parameters', async () => {
    const rows = readJsonLines<{ id: string; cert: string; expected: string }>(path)
    expect(rows.length).toBeGreaterThan(5)
    for (const { id, cert, expected } of rows) {
      const parsed = parseCertificate(octets(cert))
      const valid =
        parsed.ok && (await verifySignature(parsed.certificate, parsed.certificate.publicKey))
      expect(valid, id).toBe(expected === 'SELF_SIGNATURE_VALID' || acceptedHere.includes(id))
    }
  })
})

type Wycheproof = {
  readonly numberOfTests: number
  readonly testGroups: readonly {
    readonly publicKeyDer: string
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly flags: readonly string[]
      readonly msg: string
      readonly sig: string
      readonly result: 'valid' | 'invalid' | 'acceptable'
    }[]
  }[]
}

const suites: readonly (readonly [file: string, algorithm: SignatureAlgorithm])[] = [
  ['ecdsa_secp256r1_sha256_test.json', { name: 'ECDSA', hash: 'SHA-256' }],
  ['ecdsa_secp384r1_sha384_test.json', { name: 'ECDSA', hash: 'SHA-384' }],
  ['ecdsa_secp521r1_sha512_test.json', { name: 'ECDSA', hash: 'SHA-512' }],
  ['ed25519_test.json', { name: 'Ed25519' }],
]

type WycheproofCase = {
  readonly name: string
  readonly question: SignatureQuestion
  readonly valid: boolean
}

function casesOf(
  { testGroups }: Wycheproof,
  signatureAlgorithm: SignatureAlgorithm,
): WycheproofCase[] {
  return testGroups.flatMap(({ publicKeyDer, tests }) =>
    tests.map(({ tcId, comment, msg, sig, result }) => ({
      name: `${tcId} ${comment}`,
      question: {
        signed: { tbs: bytes(msg), signature: bytes(sig), signatureAlgorithm },
        spki: bytes(publicKeyDer),
      },
      valid: result === 'valid',
    })),
  )
}

for (const [file, signatureAlgorithm] of suites) {
  describeVectors(`wycheproof/${file}`, (path) => {
    const suite = readJson<Wycheproof>(path)
    const cases = casesOf(suite, signatureAlgorithm)
    const expected = cases.map(({ name, valid }) => ({ name, valid }))

    it('signatures have the expected validity', async () => {
      expect(cases.length).toBe(suite.numberOfTests)
      const judged: typeof expected = []
      for (const { name, question } of cases) {
        const spki = readElement(Uint8Array.from(question.spki))
        const key = spki === null ? null : readPublicKey(spki)
        if (key === null) return expect.fail(`${name}: no key`)
        judged.push({ name, valid: await verifySignature(question.signed, key) })
      }
      expect(judged).toEqual(expected)
    }, 30_000)

    it('in workerd as well', async () => {
      const worker = await startX509Worker()
      try {
        const valid = await worker.verifySignatures(cases.map(({ question }) => question))
        expect(cases.map(({ name }, i) => ({ name, valid: valid[i] }))).toEqual(expected)
      } finally {
        await worker.dispose()
      }
    }, 30_000)
  })
}

const bytes = (hex: string): Uint8Array<ArrayBuffer> => fromHex(hex) ?? expect.fail(hex)
