import { beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../../src/encoding/bytes.ts'
import { concat } from '../../src/encoding/der-writer.ts'
import { freshDatabase } from '../support/worker/database.ts'
import {
  jwksOf,
  type PartnerCertificate,
  register,
  selfSignedCertificate,
  selfSignedClient,
} from '../support/worker/partners.ts'
import {
  type Ask,
  evidenceIn,
  startOfTime as now,
  outcome,
  startDeployment,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

const good = 'grant_type=client_credentials&client_id=solo'

let worker: TestDeployment
let presented: PartnerCertificate

beforeAll(async () => {
  const db = await freshDatabase()
  presented = await selfSignedCertificate(now)
  await register(db, selfSignedClient(jwksOf(presented)))
  worker = startDeployment()
})

/** A valid request with one change. */
const ask = (change: Ask) => worker.token(good, { presented, ...change })

describe('octets that are not the text of a form', () => {
  const notUtf8 = 'not UTF-8, or a replacement character in it'
  const octets = (...parts: (string | number[])[]) =>
    concat(...parts.map((part) => (typeof part === 'string' ? utf8(part) : Uint8Array.from(part))))

  it.each([
    ['an octet that is not UTF-8', octets(good, '&x=', [0xff]), notUtf8],
    ['a cut character', octets(good, '&x=', [0xc3]), notUtf8],
    ['a surrogate', octets(good, '&x=', [0xed, 0xa0, 0x80]), notUtf8],
    ['an overlong NUL', octets(good, '&x=', [0xc0, 0x80]), notUtf8],
    ['a replacement character', octets(good, '&x=\ufffd'), notUtf8],
    ['a byte order mark', octets('\ufeff', good), 'a byte order mark, or not as long as announced'],
  ])('%s, with and without Content-Length', async (_, body, problem) => {
    const stated = { 'content-length': String(body.length) }
    for (const headers of [{}, stated]) {
      const answer = await ask({ body, headers })
      expect(outcome(answer)).toBe('400 invalid_request form_malformed')
      expect(evidenceIn(answer)).toEqual({ problem })
    }
  })

  it.each([
    ['characters as they are', octets(good, '&x=\u00e9\u{1f434}')],
    ['a byte order mark elsewhere', octets(good, '&x=\ufeff')],
    ['a replacement character, escaped', octets(good, '&x=%EF%BF%BD')],
  ])('accepts %s', async (_, body) => {
    const stated = { 'content-length': String(body.length) }
    for (const headers of [{}, stated]) expect((await ask({ body, headers })).status).toBe(200)
  })
})

describe('a Content-Length that differs from the body', () => {
  const whole = () => new Response(good).body

  it.each(['-1', 'x', '0', String(good.length - 1), String(good.length + 1)])(
    '%s is refused',
    async (announced) => {
      const request = { body: whole(), headers: { 'content-length': announced } }
      expect(outcome(await ask(request))).toBe('400 invalid_request form_malformed')
      const correct = { ...request, body: whole(), headers: { 'content-length': `${good.length}` } }
      expect((await ask(correct)).status).toBe(200)
    },
  )
})
