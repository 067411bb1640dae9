import { beforeAll, describe, expect, it } from 'vitest'
import { bitString, integer, objectIdentifier, text } from '../../src/doctor/der-writer.ts'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { sequence, tlv } from '../../src/encoding/der-writer.ts'
import {
  basicConstraints,
  extension,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
  subjectAltName,
} from '../support/mint/mint.ts'
import { type Acme, acmeGrant as grant, startAcme } from '../support/worker/acme.ts'
import { type OddChange, oddCertificate } from '../support/worker/partners.ts'
import { evidenceIn, startOfTime as now, outcome } from '../support/worker/start-deployment.ts'

let worker: Acme['worker']
let authority: Acme['authority']
let ask: Acme['ask']

beforeAll(async () => {
  const acme = await startAcme()
  worker = acme.worker
  authority = acme.authority
  ask = acme.ask
})

const issued = async (change: OddChange) => (await oddCertificate(authority, now, change)).leaf
const utcTime = (value: string) => text(0x17, value)
const generalizedTime = (value: string) => text(0x18, value)

describe('a certificate with an odd field', () => {
  const unreadable = 'certificate_unreadable'
  const path = 'certificate_path'
  const oid = '1.3.6.1.4.1.99999.1'
  const longSerial = tlv(2, Uint8Array.of(1, ...Array(2000).fill(0xff)))

  it.each<[name: string, change: OddChange, code: string, why: string | null]>([
    ['a serial number of one', { serial: 1 }, 'token_issued', null],
    ['a serial number of zero', { serial: 0 }, 'token_issued', null],
    ['a huge serial number', { serial: longSerial }, 'token_issued', null],
    ['a negative serial number', { serial: -5 }, path, 'negative_serial_number'],
    [
      'a serial number that is padded',
      { serial: Uint8Array.of(2, 2, 0, 1) },
      unreadable,
      'not_der',
    ],
    [
      'a serial number that is not an INTEGER',
      { serial: utcTime('x') },
      unreadable,
      'bad_serial_number',
    ],

    [
      'a notAfter of 99991231235959Z',
      { notAfter: generalizedTime('99991231235959Z') },
      'token_issued',
      null,
    ],
    [
      'a notBefore long ago',
      { notBefore: generalizedTime('00000101000000Z') },
      'token_issued',
      null,
    ],
    ['a date in 1950', { notAfter: utcTime('500101000000Z') }, path, 'expired'],
    [
      'a notAfter before the notBefore',
      { notAfter: now - 90_000, notBefore: now - 80_000 },
      path,
      'expired',
    ],
    ['a notBefore in the next second', { notBefore: now + 1 }, path, 'not_yet_valid'],
    ['a notBefore of this second', { notBefore: now }, 'token_issued', null],
    ['expired', { notAfter: now - 1 }, path, 'expired'],
    ['a month 13', { notAfter: utcTime('301301000000Z') }, unreadable, 'bad_validity'],
    ['a 30 February', { notAfter: utcTime('300230000000Z') }, unreadable, 'bad_validity'],
    ['a time without seconds', { notAfter: utcTime('3001010000Z') }, unreadable, 'bad_validity'],
    [
      'a time with a fraction',
      { notAfter: generalizedTime('20300101000000.5Z') },
      unreadable,
      'bad_validity',
    ],
    ['a time with a zone', { notAfter: utcTime('300101000000+0100') }, unreadable, 'bad_validity'],
    ['a time that is a number', { notAfter: integer(7) }, unreadable, 'bad_validity'],

    [
      'an unknown critical extension',
      { more: [extension(oid, true, integer(1))] },
      path,
      'unhandled_critical_extension',
    ],
    ['an unknown extension', { more: [extension(oid, false, integer(1))] }, 'token_issued', null],
    [
      'an unknown extension with random octets',
      { more: [extension(oid, false, Uint8Array.of(0xff))] },
      'token_issued',
      null,
    ],
    [
      'an extension twice',
      { more: [keyUsage(['digitalSignature'])] },
      unreadable,
      'duplicate_extension',
    ],
    [
      'a malformed extension',
      { more: [extension('2.5.29.19', true, Uint8Array.of(5, 0))] },
      unreadable,
      'bad_extension',
    ],
    [
      'malformed alternative names',
      { more: [subjectAltName([{ raw: Uint8Array.of(0x87, 3, 1, 2, 3) }])] },
      unreadable,
      'bad_extension',
    ],
    [
      'only the extended key usage serverAuth',
      { extensions: [extKeyUsage(['serverAuth'])] },
      path,
      'extended_key_usage',
    ],
    ['no extensions', { extensions: [] }, 'token_issued', null],
    ['basicConstraints with cA', { more: [basicConstraints({ cA: true })] }, 'token_issued', null],
    ['version 1 with extensions', { version: 1 }, unreadable, 'bad_extensions'],
    ['version 1', { version: 1, extensions: [] }, 'token_issued', null],

    [
      'a wrong signature',
      { changeSignature: (s) => s.map((o, i) => (i === 20 ? o ^ 1 : o)) },
      path,
      'signature_invalid',
    ],
    ['an empty signature', { changeSignature: () => new Uint8Array() }, path, 'signature_invalid'],
    [
      'an unknown algorithm',
      {
        innerAlgorithm: sequence(objectIdentifier(oid)),
        outerAlgorithm: sequence(objectIdentifier(oid)),
      },
      path,
      'signature_algorithm_unsupported',
    ],
    [
      'different inner and outer algorithms',
      { innerAlgorithm: sequence(objectIdentifier('1.2.840.10045.4.3.3')) },
      path,
      'signature_algorithms_differ',
    ],
    ['no subject', { subject: Uint8Array.of(0x30, 0) }, 'subject_mismatch', null],
    [
      'a subject with a NUL',
      {
        subject: [
          ['CN', 'partner\u0000.evil'],
          ['O', 'Acme'],
        ],
      },
      'subject_mismatch',
      null,
    ],
  ])('%s', async (_, change, code, why) => {
    const answer = await ask(await issued(change))
    expect(answer.line.code).toBe(code)
    expect(answer.status).toBe(code === 'token_issued' ? 200 : 401)
    const evidence = evidenceIn(answer) as { problem?: string; path?: { reason: string } }
    if (why !== null) expect(evidence.problem ?? evidence.path?.reason).toBe(why)
  })
})

describe('a key', () => {
  const point = (size: number) => bitString(Uint8Array.of(4, ...Array(2 * size).fill(1)))
  const curve = (oid: string, size: number) =>
    sequence(sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier(oid)), point(size))

  it.each<[name: string, spki: Bytes, why: string]>([
    ['on an unknown curve', curve('1.3.6.1.4.1.99999.2', 32), 'key_unsupported'],
    ['on P-224', curve('1.3.132.0.33', 28), 'key_unsupported'],
    ['on secp256k1', curve('1.3.132.0.10', 32), 'key_unsupported'],
    [
      'on a curve without a name',
      sequence(sequence(objectIdentifier('1.2.840.10045.2.1'), sequence(integer(1))), point(32)),
      'key_unsupported',
    ],
    [
      'of an unknown kind',
      sequence(sequence(objectIdentifier('1.3.6.1.4.1.99999.3')), bitString(new Uint8Array(9))),
      'key_unsupported',
    ],
    [
      'of a kind that cannot sign',
      sequence(sequence(objectIdentifier('1.3.101.110')), bitString(new Uint8Array(32))),
      'key_unsupported',
    ],
  ])('%s', async (_, publicKey, why) => {
    const answer = await ask(await issued({ publicKey }))
    expect(outcome(answer)).toBe('401 invalid_client certificate_path')
    expect(evidenceIn(answer)).toMatchObject({ path: { reason: why } })
  })

  it('on a known curve', async () => {
    const keys = await generateKeyPair('ES384')
    expect((await ask(await issued({ keys }))).status).toBe(200)
  })

  it.each([
    [1024, 401],
    [2048, 200],
  ])('of RSA with %d bits: %d', async (modulusLength, status) => {
    const keys = await generateKeyPair('RS256', { modulusLength })
    expect((await ask(await issued({ keys }))).status).toBe(status)
  })

  it('that is malformed, for a self-signed client', async () => {
    const change = { publicKey: curve('1.3.6.1.4.1.99999.2', 32) }
    const presented = await oddCertificate(null, now, change)
    const answer = await worker.token({ ...grant, client_id: 'solo' }, { presented })
    expect(outcome(answer)).toBe('401 invalid_client key_not_registered')
  })
})
