import { describe, expect, it } from 'vitest'
import { nothing } from '../../../test/support/mint/der.ts'
import {
  basicConstraints,
  extension,
  extKeyUsage,
  generateKeyPair,
  keyUsage,
} from '../../../test/support/mint/mint.ts'
import {
  type Change,
  ca,
  now,
  otherKey,
  verify,
} from '../../../test/support/worker/chain-of-three.ts'
import { bitString, integer, objectIdentifier } from '../../doctor/der-writer.ts'
import { sequence } from '../../encoding/der-writer.ts'
import type { PathRefusal, PathRefusalReason } from './refusal.ts'
import type { PathRequest } from './verify-path.ts'

const tinyKey = await generateKeyPair('RS256', { modulusLength: 1024 })

const oddKey = sequence(sequence(objectIdentifier('1.2.3')), bitString(new Uint8Array()))
const hugeKey = sequence(
  sequence(objectIdentifier('1.2.840.113549.1.1.1'), nothing()),
  bitString(sequence(integer(1n << 8192n), integer(65537))),
)

const unknown = (critical: boolean) => extension('1.2.3.4', critical, nothing())
const withPathLen = (pathLen: number) => [basicConstraints({ cA: true, pathLen })]
const sha1 = sequence(objectIdentifier('1.2.840.10045.4.1'))

type Row = [name: string, change: Change, reason: PathRefusalReason | null]

const usage = (...purposes: string[]) => ({ extensions: [extKeyUsage(purposes)] })
const caUsage = (...purposes: string[]) => ({ extensions: [...ca, extKeyUsage(purposes)] })
const policy = (extendedKeyUsagePolicy: NonNullable<PathRequest['extendedKeyUsagePolicy']>) => ({
  extendedKeyUsagePolicy,
})
const usagePolicyRows: Row[] = [
  [
    'a leaf without extKeyUsage, refused',
    { leaf: { extensions: [] }, request: policy({ absent: 'refuse' }) },
    'extended_key_usage',
  ],
  ['a leaf for clients, then', { request: policy({ absent: 'refuse', any: 'refuse' }) }, null],
  [
    'a CA without extKeyUsage, then',
    { leaf: usage('clientAuth'), request: policy({ absent: 'refuse' }) },
    null,
  ],
  [
    'a leaf for anything, refused',
    { leaf: usage('any'), request: policy({ any: 'refuse' }) },
    'extended_key_usage',
  ],
  [
    'a leaf for anything and clients, then',
    { leaf: usage('any', 'clientAuth'), request: policy({ any: 'refuse' }) },
    null,
  ],
  ['a CA for anything, then', { ca: caUsage('any'), request: policy({ any: 'refuse' }) }, null],
  [
    'a leaf and a CA for servers, accepted',
    {
      leaf: usage('serverAuth'),
      ca: caUsage('serverAuth'),
      request: policy({ serverAuth: 'accept' }),
    },
    null,
  ],
  [
    'a leaf for neither, then',
    { leaf: usage('emailProtection'), request: policy({ serverAuth: 'accept' }) },
    'extended_key_usage',
  ],
  [
    'a CA for neither, then',
    { ca: caUsage('emailProtection'), request: policy({ serverAuth: 'accept' }) },
    'extended_key_usage',
  ],
]

describe('a chain of three', () => {
  const rows: Row[] = [
    ['a valid chain', {}, null],
    // RFC 5280 section 4.1.2.5: both ends included
    ['a leaf at its end', { leaf: { notAfter: now } }, null],
    ['a leaf past its end', { leaf: { notAfter: now - 1 } }, 'expired'],
    ['a leaf at its beginning', { leaf: { notBefore: now } }, null],
    ['a leaf before its beginning', { leaf: { notBefore: now + 1 } }, 'not_yet_valid'],
    ['a CA past its end', { ca: { notAfter: now - 1 } }, 'expired'],
    ['a CA before its beginning', { ca: { notBefore: now + 1 } }, 'not_yet_valid'],
    ['an anchor past its end', { root: { notAfter: now - 1 } }, 'trust_anchor'],
    ['an anchor at its end', { root: { notAfter: now } }, null],
    ['a time that is no number', { request: { time: Number.NaN } }, 'not_yet_valid'],
    // signatures
    ['a leaf signed by another', { leaf: { signWith: otherKey } }, 'signature_invalid'],
    ['a CA signed by another', { ca: { signWith: otherKey } }, 'signature_invalid'],
    ['an anchor signed by another: it is a name and a key', { root: { signWith: otherKey } }, null],
    ['another algorithm inside', { leaf: { innerAlgorithm: sha1 } }, 'signature_algorithms_differ'],
    [
      'SHA-1 for the leaf',
      { leaf: { innerAlgorithm: sha1, outerAlgorithm: sha1 } },
      'signature_algorithm_weak',
    ],
    ['SHA-1 for the anchor', { root: { innerAlgorithm: sha1, outerAlgorithm: sha1 } }, null],
    [
      'an unknown algorithm',
      {
        leaf: {
          innerAlgorithm: sequence(objectIdentifier('1.2.3')),
          outerAlgorithm: sequence(objectIdentifier('1.2.3')),
        },
      },
      'signature_algorithm_unsupported',
    ],
    // names
    ['an issuer by another name', { leaf: { issuer: 'CN=cb' } }, 'unknown_issuer'],
    [
      'an issuer in another case and string type',
      { leaf: { issuer: [['CN', ' CA ', 'printable']] } },
      null,
    ],
    ['no intermediate', { request: { intermediates: [] } }, 'unknown_issuer'],
    // basicConstraints, version
    ['a CA without basicConstraints', { ca: { extensions: [] } }, 'not_a_ca'],
    ['a CA with cA FALSE', { ca: { extensions: [basicConstraints({ cA: false })] } }, 'not_a_ca'],
    ['a CA of version 1', { ca: { version: 1, extensions: [] } }, 'not_a_ca'],
    ['an anchor of version 1', { root: { version: 1, extensions: [] } }, null],
    [
      'an anchor with cA FALSE',
      { root: { extensions: [basicConstraints({ cA: false })] } },
      'trust_anchor',
    ],
    ['a leaf that is a CA', { leaf: { extensions: [basicConstraints({ cA: true })] } }, null],
    ['a CA with pathLen 0', { ca: { extensions: withPathLen(0) } }, null],
    ['an anchor with pathLen 1', { root: { extensions: withPathLen(1) } }, null],
    ['an anchor with pathLen 0', { root: { extensions: withPathLen(0) } }, 'path_too_long'],
    // keyUsage
    ['a CA without keyUsage', { ca: { extensions: [basicConstraints({ cA: true })] } }, null],
    [
      'a CA without keyCertSign',
      { ca: { extensions: [basicConstraints({ cA: true }), keyUsage(['cRLSign'])] } },
      'key_usage',
    ],
    [
      'an anchor without keyCertSign',
      { root: { extensions: [keyUsage(['digitalSignature'])] } },
      'trust_anchor',
    ],
    ['a leaf without keyUsage', { leaf: { extensions: [] } }, null],
    ['a leaf for key agreement', { leaf: { extensions: [keyUsage(['keyAgreement'])] } }, null],
    [
      'a leaf for key encipherment',
      { leaf: { extensions: [keyUsage(['keyEncipherment'])] } },
      'key_usage',
    ],
    [
      'the same for any purpose',
      {
        leaf: { extensions: [keyUsage(['keyEncipherment'])] },
        request: { extendedKeyUsage: 'any' },
      },
      null,
    ],
    // extKeyUsage
    [
      'a leaf for servers',
      { leaf: { extensions: [extKeyUsage(['serverAuth'])] } },
      'extended_key_usage',
    ],
    [
      'a leaf for servers, for any purpose',
      { leaf: { extensions: [extKeyUsage(['serverAuth'])] }, request: { extendedKeyUsage: 'any' } },
      null,
    ],
    [
      'a leaf for servers and clients',
      { leaf: { extensions: [extKeyUsage(['serverAuth', 'clientAuth'])] } },
      null,
    ],
    ['a leaf for anything', { leaf: { extensions: [extKeyUsage(['any'])] } }, null],
    ['a CA for clients', { ca: { extensions: [...ca, extKeyUsage(['clientAuth'])] } }, null],
    ['a CA for anything', { ca: { extensions: [...ca, extKeyUsage(['any'])] } }, null],
    [
      'a CA for servers',
      { ca: { extensions: [...ca, extKeyUsage(['serverAuth'])] } },
      'extended_key_usage',
    ],
    [
      'an anchor for servers',
      { root: { extensions: [extKeyUsage(['serverAuth'])] } },
      'trust_anchor',
    ],
    // extKeyUsage, with another policy than the default
    ...usagePolicyRows,
    // serial numbers
    ['serial number 0', { leaf: { serial: 0 } }, null],
    ['a serial number with its top bit in a sign octet', { leaf: { serial: 0x80 } }, null],
    ['a negative serial number', { leaf: { serial: -1 } }, 'negative_serial_number'],
    // keys
    ['a leaf with RSA of 1024 bits', { leaf: { publicKey: tinyKey } }, 'key_too_small'],
    [
      'a CA with RSA of 1024 bits',
      { ca: { publicKey: tinyKey }, leaf: { signWith: tinyKey } },
      'key_too_small',
    ],
    [
      'an anchor with RSA of 1024 bits',
      { root: { publicKey: tinyKey }, ca: { signWith: tinyKey } },
      'trust_anchor',
    ],
    ['a leaf with RSA of 8193 bits', { leaf: { publicKey: hugeKey } }, 'key_too_large'],
    ['a leaf with a key of an unknown kind', { leaf: { publicKey: oddKey } }, 'key_unsupported'],
    // extensions
    ['an unknown extension', { leaf: { extensions: [unknown(false)] } }, null],
    [
      'a critical unknown extension',
      { leaf: { extensions: [unknown(true)] } },
      'unhandled_critical_extension',
    ],
    [
      'a critical unknown extension of a CA',
      { ca: { extensions: [...ca, unknown(true)] } },
      'unhandled_critical_extension',
    ],
    [
      'a critical unknown extension of an anchor',
      { root: { extensions: [unknown(true)] } },
      'trust_anchor',
    ],
    // what is given
    ['no anchor', { request: { trustAnchors: [] } }, 'no_trust_anchor'],
    [
      'an anchor that cannot be read',
      { request: { trustAnchors: [Uint8Array.of(0)] } },
      'no_trust_anchor',
    ],
    ['a leaf that cannot be read', { request: { leaf: Uint8Array.of(0) } }, 'malformed_leaf'],
    [
      'an intermediate that cannot be read',
      { request: { intermediates: [Uint8Array.of(0)] } },
      'malformed_intermediate',
    ],
    ['at most one intermediate', { request: { maxIntermediates: 1 } }, null],
    ['no intermediates allowed', { request: { maxIntermediates: 0 } }, 'too_many_intermediates'],
  ]
  it.each(rows)('%s', async (_, change, reason) => {
    const outcome = await verify(change)
    expect(outcome.ok ? null : outcome.reason).toBe(reason)
  })

  it('gives the path, leaf first, and its earliest expiry', async () => {
    const outcome = await verify({ ca: { notAfter: now + 5 } })
    expect(outcome.ok && outcome.path.certificates.map(({ subject }) => subject)).toEqual([
      'CN=leaf',
      'CN=ca',
      'CN=root',
    ])
    expect(outcome.ok && outcome.path.notAfter).toBe(now + 5)
  })

  it('names the failing certificate, with evidence', async () => {
    const expected: PathRefusal & { ok: false } = {
      ok: false,
      reason: 'expired',
      notAfter: now - 1,
      time: now,
      certificate: { depth: 1, subject: 'CN=ca', serialNumber: '07' },
    }
    expect(await verify({ ca: { notAfter: now - 1, serial: 7 } })).toEqual(expected)
  })
})
