import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/encoding/base64.ts'
import type { Bytes } from '../../src/encoding/bytes.ts'
import { freshDatabase } from '../support/worker/database.ts'
import {
  addAnchors,
  issueCertificate,
  jwksOf,
  mintAuthority,
  type PartnerCertificate,
  pkiClient,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from '../support/worker/partners.ts'
import {
  type Answer,
  type Ask,
  startOfTime as now,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

let worker: TestDeployment
let acme: PartnerCertificate
let solo: PartnerCertificate

beforeAll(async () => {
  const db = await freshDatabase()
  const authority = await mintAuthority('Acme CA', now)
  acme = await issueCertificate(authority, now)
  solo = await selfSignedCertificate(now)
  await addAnchors(db, 'acme-ca', authority.root.der)
  await register(db, pkiClient)
  await register(db, selfSignedClient(jwksOf(solo)))
  // A new window each time, so that the unknown-client limiter refuses no request.
  worker = startDeployment()
})

const good = 'grant_type=client_credentials&client_id=acme'

/** A refusal with a 4xx status; the other invariants are checked on every answer. */
const refused = ({ status, json }: Answer): void => {
  expect([400, 401, 413]).toContain(status)
  expect(json).not.toHaveProperty('access_token')
  expect(json.error).toMatch(/^invalid_|^unsupported_/)
}

const ask = (change: Ask) => {
  worker.now += 1
  return worker.token(good, { presented: acme, ...change })
}

const runs = { numRuns: 150 }

const octets = fc.uint8Array({ maxLength: 300 }).map((array) => Uint8Array.from(array))
const name = fc.constantFrom('grant_type', 'client_id', 'scope', 'resource', 'client_secret', 'x')
const word = fc.oneof(
  fc.constantFrom('client_credentials', 'acme', 'solo', 'read', 'https://api.example.com', ''),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const escaped = word.map((text) => {
  // A lone surrogate has no escape.
  return encodeURIComponent(text.toWellFormed())
})
const looseForm = fc
  .array(fc.tuple(name, fc.oneof(escaped, fc.string({ maxLength: 9 }))), { maxLength: 8 })
  .map((pairs) => pairs.map(([key, value]) => `${key}=${value}`).join('&'))

/** A certificate with some octets changed, cut or added. */
const damaged = (der: () => Bytes) =>
  fc
    .record({
      at: fc.nat(1999),
      octet: fc.nat(255),
      cut: fc.oneof(fc.constant(null), fc.nat(1999)),
      more: fc.oneof(fc.constant([]), fc.array(fc.nat(255), { maxLength: 5 })),
    })
    .map(({ at, octet, cut, more }) => {
      const changed = der().slice(0, cut === null ? undefined : cut % der().length)
      if (changed.length > 0) changed[at % changed.length] = octet
      return Uint8Array.from([...changed, ...more])
    })

const certificateField = (der: Bytes): string => `:${toBase64(der)}:`

describe('neither a fault nor a token', () => {
  it('for bodies with random octets', async () => {
    await fc.assert(
      fc.asyncProperty(octets, async (body) => refused(await ask({ body }))),
      runs,
    )
  })

  it('for forms with random parameters, except valid ones', async () => {
    await fc.assert(
      fc.asyncProperty(looseForm, async (body) => {
        const answer = await ask({ body })
        if (answer.status !== 200) return refused(answer)
        const form = new URLSearchParams(body)
        expect(form.get('client_id')).toBe('acme')
        expect(form.get('grant_type')).toBe('client_credentials')
        for (const scope of String(answer.json.scope).split(' ')) {
          expect(['read', 'write']).toContain(scope)
        }
      }),
      runs,
    )
  })

  it('for random Authorization headers', async () => {
    const scheme = fc.constantFrom('Basic', 'basic', 'Bearer', 'DPoP', 'Digest', '')
    const credentials = fc.oneof(
      octets.map(toBase64),
      fc.string({ maxLength: 40 }),
      fc.string({ maxLength: 20 }).map((text) => btoa(`acme:${text}x`)),
    )
    const header = fc.tuple(scheme, credentials).map((parts) => parts.join(' ').trim())
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        refused(await ask({ headers: { authorization: authorization || 'x' } }))
      }),
      runs,
    )
  })

  it('for a certificate with damaged octets', async () => {
    await fc.assert(
      fc.asyncProperty(
        damaged(() => acme.leaf),
        async (leaf) => {
          const same = toBase64(leaf) === toBase64(acme.leaf)
          const answer = await ask({ tlsClientAuth: { certRFC9440: certificateField(leaf) } })
          if (!same) refused(answer)
        },
      ),
      runs,
    )
  })

  it('for a self-signed certificate with damaged octets', async () => {
    const body = good.replace('acme', 'solo')
    await fc.assert(
      fc.asyncProperty(
        damaged(() => solo.leaf),
        async (leaf) => {
          const same = toBase64(leaf) === toBase64(solo.leaf)
          const tlsClientAuth = { certRFC9440: certificateField(leaf) }
          const answer = await ask({ body, presented: solo, tlsClientAuth })
          if (!same) refused(answer)
        },
      ),
      runs,
    )
  })

  it('for a chain with damaged octets: the path is valid or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        damaged(() => acme.chain[0] ?? acme.leaf),
        async (der) => {
          const answer = await ask({ tlsClientAuth: { certChainRFC9440: certificateField(der) } })
          if (toBase64(der) !== toBase64(acme.chain[0] ?? acme.leaf)) refused(answer)
        },
      ),
      runs,
    )
  })

  it('for random fields of the edge', async () => {
    const fieldName = fc.constantFrom('certRFC9440', 'certPresented', 'certRevoked')
    const value = fc.oneof(fc.jsonValue(), octets.map(certificateField), fc.string())
    await fc.assert(
      fc.asyncProperty(fieldName, value, async (field, odd) => {
        const answer = await ask({ tlsClientAuth: { [field]: odd } })
        const harmless = field !== 'certRFC9440' && odd === (field === 'certPresented' ? '1' : '0')
        if (!harmless) refused(answer)
      }),
      runs,
    )
  })
})
