import { env } from 'cloudflare:workers'
import type { D1Database, KVNamespace } from '@cloudflare/workers-types'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freshDatabase, type UnreliableDatabase, unreliable } from '../support/worker/database.ts'
import {
  apiResource,
  jwksOf,
  otherResource,
  type PartnerCertificate,
  register,
  selfSignedCertificate,
  selfSignedClient,
  setEnabled,
} from '../support/worker/partners.ts'
import {
  evidenceIn,
  mtlsHost,
  ordinaryHost,
  outcome,
  startDeployment,
  startOfTime,
  type TestDeployment,
} from '../support/worker/start-deployment.ts'

let db: D1Database
let d1: UnreliableDatabase
let kv: { asked: number; down: boolean }
let partner: PartnerCertificate

beforeEach(async () => {
  for (const { name } of (await env.KV.list()).keys) await env.KV.delete(name)
  db = await freshDatabase()
  d1 = unreliable(db)
  kv = { asked: 0, down: false }
  partner = await selfSignedCertificate(startOfTime)
  await register(db, selfSignedClient(jwksOf(partner)))
})
afterEach(() => void vi.useRealTimers())

/** KV with a switch: while down, every operation fails. */
const switchedKv = () => {
  const through =
    <A extends unknown[], R>(run: (...rest: A) => Promise<R>) =>
    async (...rest: A): Promise<R> => {
      kv.asked++
      if (kv.down) throw new Error('KV failed: 503 Service Unavailable')
      return run(...rest)
    }
  const get = (name: string) => env.KV.get(name, 'json')
  const put = (name: string, text: string, options: KVNamespacePutOptions) =>
    env.KV.put(name, text, options)
  return { get: through(get), put: through(put) } as unknown as KVNamespace
}

const start = (change: Record<string, unknown> = {}) =>
  startDeployment({ DB: d1.db, KV: switchedKv(), ...change })

const ask = async (worker: TestDeployment, clientId = 'solo') =>
  worker.token({ grant_type: 'client_credentials', client_id: clientId }, { presented: partner })

const issued = '200 ok token_issued'
const unavailable = '503 temporarily_unavailable store_unavailable'

describe('a warm request', () => {
  it('needs neither D1 nor KV', async () => {
    const worker = start()
    expect(outcome(await ask(worker))).toBe(issued)
    expect(d1.asked).toBeGreaterThan(0)
    d1.asked = 0
    kv.asked = 0
    for (let second = 1; second < 25; second++) {
      worker.now = startOfTime + second
      expect(outcome(await ask(worker))).toBe(issued)
    }
    expect([d1.asked, kv.asked]).toEqual([0, 0])
  })

  it('reads again after CLIENT_MEMORY: only a few reads', async () => {
    const worker = start()
    await ask(worker)
    d1.asked = 0
    worker.now = startOfTime + 31
    await ask(worker)
    expect(d1.asked).toBeLessThanOrEqual(3)
  })

  it('that is refused before the lookup costs no read', async () => {
    const worker = start()
    await worker.ask({ url: `${ordinaryHost}/token`, method: 'POST', body: 'x' })
    await worker.token('grant_type=client_credentials&client_id=solo')
    await worker.token('grant_type=client_credentials', { presented: partner })
    expect([d1.asked, kv.asked]).toEqual([0, 0])
  })
})

describe('a disabled client', () => {
  it('is refused within 30 seconds', async () => {
    const one = start()
    const other = start()
    expect([outcome(await ask(one)), outcome(await ask(other))]).toEqual([issued, issued])
    await setEnabled(db, 'solo', false)
    for (const worker of [one, other]) {
      worker.now = startOfTime + 29
      expect(outcome(await ask(worker))).toBe(issued)
      worker.now = startOfTime + 30
      expect(outcome(await ask(worker))).toBe('401 invalid_client client_disabled')
    }
    expect(outcome(await ask(start()))).toBe('401 invalid_client client_disabled')
  })

  it('is accepted again within 30 seconds after it was enabled', async () => {
    await setEnabled(db, 'solo', false)
    const worker = start()
    expect((await ask(worker)).status).toBe(401)
    await setEnabled(db, 'solo', true)
    worker.now = startOfTime + 30
    expect((await ask(worker)).status).toBe(200)
  })
})

describe('a cached grant', () => {
  const askFor = (worker: TestDeployment, form: string, headers: Record<string, string> = {}) =>
    worker.token(form, { presented: partner, headers })
  const read = 'grant_type=client_credentials&client_id=solo&scope=read'

  it('ends with the cached client, and is granted again after a new registration', async () => {
    const worker = start()
    const allow = (scope: string) =>
      db.prepare("UPDATE clients SET scope = ?1 WHERE client_id = 'solo'").bind(scope).run()
    for (const [second, scope, expected] of [
      [0, 'read write', issued],
      [30, 'write', '400 invalid_scope scope_not_allowed'],
      [60, 'read', issued],
    ] as const) {
      await allow(scope)
      worker.now = startOfTime + second
      expect(outcome(await askFor(worker, read))).toBe(expected)
      expect(outcome(await askFor(worker, read))).toBe(expected)
    }
  })

  it('belongs to one client, also if another sends the same form', async () => {
    const reader = { client_id: 'reader', scope: 'read', resources: [otherResource] }
    await register(db, { ...selfSignedClient(jwksOf(partner)), ...reader })
    const worker = start()
    const nameAlone = (id: string) => ({ authorization: `Basic ${btoa(`${id}:`)}` })
    for (const [id, scope, aud] of [
      ['solo', 'read write', apiResource],
      ['reader', 'read', otherResource],
      ['solo', 'read write', apiResource],
    ] as const) {
      const answer = await askFor(worker, 'grant_type=client_credentials', nameAlone(id))
      expect(answer.line).toMatchObject({ code: 'token_issued', client_id: id, scope, aud })
    }
  })
})

describe('D1 down', () => {
  it('answers 503 with Retry-After for a client that is not cached', async () => {
    d1.down = true
    const answer = await ask(start())
    expect(outcome(answer)).toBe(unavailable)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(answer.json.error_description).toBe('the service cannot answer now, try again later')
    expect(answer.line.level).toBe('error')
    expect(evidenceIn(answer)).toEqual({
      problem: 'D1 did not answer: D1_ERROR: Network connection lost.',
    })
  })

  it('does not affect a cached client', async () => {
    const worker = start()
    await ask(worker)
    d1.down = true
    expect(outcome(await ask(worker))).toBe(issued)
    worker.now = startOfTime + 300
    expect(outcome(await ask(worker))).toBe(issued)
    worker.now = startOfTime + 310
    expect(outcome(await ask(worker))).toBe(unavailable)
    d1.down = false
    worker.now = startOfTime + 320
    expect(outcome(await ask(worker))).toBe(issued)
  })

  it('lets another isolate use the dated copies until they are too old', async () => {
    await ask(start())
    d1.down = true
    const young = start()
    young.now = startOfTime + 299
    expect(outcome(await ask(young))).toBe(issued)
    const old = start()
    old.now = startOfTime + 301
    expect(outcome(await ask(old))).toBe(unavailable)
  })

  it('uses no copies if the operator allows none', async () => {
    const change = { STALE_IF_ERROR: '0' }
    await ask(start(change))
    expect((await env.KV.list()).keys).toEqual([])
    d1.down = true
    expect(outcome(await ask(start(change)))).toBe(unavailable)
  })

  it('makes keys and health fail in a new isolate', async () => {
    d1.down = true
    const worker = start()
    for (const path of ['/jwks', '/health']) {
      expect(outcome(await worker.ask({ url: `${ordinaryHost}${path}` }))).toBe(unavailable)
    }
    const url = `${ordinaryHost}/.well-known/oauth-authorization-server`
    expect((await worker.ask({ url })).status).toBe(200)
  })

  it('answers 503 if D1 hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const hang = () => new Promise<never>(() => {})
    const statement = { bind: () => statement, first: hang, all: hang, run: hang }
    const hanging = { prepare: () => statement, batch: hang } as unknown as D1Database
    const answer = ask(start({ DB: hanging }))
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0), { timeout: 1000 })
    await vi.advanceTimersByTimeAsync(3000)
    expect(outcome(await answer)).toBe(unavailable)
  })
})

describe('KV', () => {
  it('is not needed while D1 answers', async () => {
    kv.down = true
    const worker = start()
    expect(outcome(await ask(worker))).toBe(issued)
    worker.now = startOfTime + 100
    expect(outcome(await ask(worker))).toBe(issued)
    expect(kv.asked).toBeGreaterThan(0)
  })

  it('and D1 down: answers 503', async () => {
    await ask(start())
    kv.down = true
    d1.down = true
    expect(outcome(await ask(start()))).toBe(unavailable)
  })

  it('counts a malformed copy as a cache miss', async () => {
    await ask(start())
    for (const { name } of (await env.KV.list()).keys) await env.KV.put(name, '{"asOf":1}')
    d1.down = true
    expect(outcome(await ask(start()))).toBe(unavailable)
  })
})

describe('unexpected content of D1', () => {
  it('with one malformed client refuses only that client', async () => {
    const other = await selfSignedCertificate(startOfTime)
    await register(db, { ...selfSignedClient(jwksOf(other)), client_id: 'spoilt' })
    await db.prepare("UPDATE clients SET scope = 'a  b' WHERE client_id = 'spoilt'").run()
    const worker = start()
    const answer = await ask(worker, 'spoilt')
    expect(outcome(answer)).toBe('503 temporarily_unavailable client_record_invalid')
    expect(evidenceIn(answer)).toEqual({
      problem: 'client spoilt: scope: not a scope token (RFC 6749 section 3.3): ',
    })
    expect(outcome(await ask(worker))).toBe(issued)
  })

  it('with another schema answers 503', async () => {
    await db.prepare('UPDATE schema_version SET version = 99, compatible_from = 99').run()
    expect(outcome(await ask(start()))).toBe('503 temporarily_unavailable schema_mismatch')
  })
})

describe('a flood of random client_ids', () => {
  it('costs a limited number of reads, and does not affect cached clients', async () => {
    const worker = start()
    expect(outcome(await ask(worker))).toBe(issued)
    d1.asked = 0
    const outcomes = new Map<string, number>()
    for (let i = 0; i < 400; i++) {
      const result = outcome(await ask(worker, `name-${i}`))
      outcomes.set(result, (outcomes.get(result) ?? 0) + 1)
    }
    expect(Object.fromEntries(outcomes)).toEqual({
      '401 invalid_client client_unknown': 300,
      '503 temporarily_unavailable client_lookups_exhausted': 100,
    })
    expect(d1.asked).toBe(300)
    expect(outcome(await ask(worker))).toBe(issued)
    worker.now = startOfTime + 10
    expect(outcome(await ask(worker, 'name-400'))).toBe('401 invalid_client client_unknown')
  })

  it('from one address does not use up the reads of other addresses', async () => {
    const worker = start()
    const from = async (address: string, clientId: string) => {
      const form = { grant_type: 'client_credentials', client_id: clientId }
      const headers = { 'cf-connecting-ip': address }
      return outcome(await worker.token(form, { presented: partner, headers }))
    }
    const results = new Set<string>()
    for (let i = 0; i < 20; i++) results.add(await from('192.0.2.1', `unknown-${i}`))
    expect(results).toContain('503 temporarily_unavailable client_lookups_exhausted')
    expect(await from('192.0.2.2', 'solo')).toBe(issued)
  })
})

describe('the rate', () => {
  const limiter = (allowed: number) => {
    const counts = new Map<string, number>()
    const limit = async ({ key }: { key: string }) => {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return { success: (counts.get(key) ?? 0) <= allowed }
    }
    return { counts, limit }
  }
  const limited = '429 temporarily_unavailable rate_limited'

  it('of an address is that of wrangler.toml', async () => {
    const worker = start()
    const from = (address: string) =>
      worker.token('x', { headers: { 'cf-connecting-ip': address, 'content-type': 'text/plain' } })
    // The test limiter counts for a minute, so each run uses another network.
    const [random = 0] = crypto.getRandomValues(new Uint16Array(1))
    const net = `fd00:8705:1:${(random | 0x8000).toString(16)}`
    const next = net.replace(':1:', ':2:')
    let allowed = 0
    while (allowed < 400 && (await from(`${net}::1`)).status === 400) allowed++
    expect(allowed).toBe(300)
    const answer = await from(`${net}:ffff::2`) // of the same /64
    expect(outcome(answer)).toBe(limited)
    expect(answer.headers.get('retry-after')).toBe('10')
    expect(evidenceIn(answer)).toEqual({ by: 'address', key: `${net}::/64` })
    expect((await from(`${next}::1`)).status).toBe(400)
  })

  it('of a client counts only its own requests', async () => {
    const rate = limiter(2)
    const worker = start({ RATE_LIMIT_CLIENT: rate })
    const unregistered = await selfSignedCertificate(startOfTime)
    const form = { grant_type: 'client_credentials', client_id: 'solo' }
    expect((await worker.token(form, { presented: unregistered })).status).toBe(401)
    expect((await worker.token(form)).status).toBe(401)
    expect(rate.counts.size).toBe(0)
    expect([(await ask(worker)).status, (await ask(worker)).status]).toEqual([200, 200])
    const answer = await ask(worker)
    expect(outcome(answer)).toBe(limited)
    expect(evidenceIn(answer)).toEqual({ by: 'client', key: 'solo' })
  })

  describe('of an API that introspects', () => {
    const address = '192.0.2.1'
    let api: PartnerCertificate
    let rate: ReturnType<typeof limiter>
    let worker: TestDeployment
    beforeEach(async () => {
      api = await selfSignedCertificate(startOfTime, { subject: 'CN=api' })
      const registered = { ...selfSignedClient(jwksOf(api)), client_id: 'api', resources: [] }
      await register(db, { ...registered, introspection_resources: [apiResource] })
      rate = limiter(2)
      worker = start({ RATE_LIMIT_ADDRESS: rate })
    })

    const introspect = async (
      presented: PartnerCertificate | null = api,
      form = 'token=x&client_id=api',
    ) => {
      const headers = { 'cf-connecting-ip': address }
      const answer = await worker.token(form, { url: `${mtlsHost}/introspect`, presented, headers })
      return outcome(answer)
    }
    const introspected = '200 ok token_introspected'

    it('counts once a minute for its address, however often it introspects', async () => {
      for (let i = 0; i < 10; i++) expect(await introspect()).toBe(introspected)
      expect(rate.counts).toEqual(new Map([[address, 1]]))
      worker.now += 60
      expect(await introspect()).toBe(introspected)
      expect(rate.counts).toEqual(new Map([[address, 2]]))
    })

    it('is not affected if another caller at its address uses up that rate, also with its client_id', async () => {
      const unregistered = await selfSignedCertificate(startOfTime, { subject: 'CN=api' })
      expect(await introspect()).toBe(introspected)
      expect(await introspect(unregistered)).toBe('401 invalid_client key_not_registered')
      expect(await introspect(unregistered)).toBe(limited)
      expect(await introspect(null)).toBe(limited)
      expect(await introspect(null, 'client_id=%')).toBe(limited)
      expect(await introspect(api, 'token=x&client_id=solo')).toBe(limited)
      expect(await introspect()).toBe(introspected)
    })

    it('has its own rate', async () => {
      worker = start({ RATE_LIMIT_ADDRESS: rate, RATE_LIMIT_CLIENT: limiter(2) })
      const asked = [await introspect(), await introspect(), await introspect()]
      expect(asked).toEqual([introspected, introspected, limited])
    })
  })

  it('is not limited if the limiter fails', async () => {
    const broken = { limit: () => Promise.reject(new Error('x')) }
    const worker = start({ RATE_LIMIT_ADDRESS: broken, RATE_LIMIT_CLIENT: broken })
    expect(outcome(await ask(worker))).toBe(issued)
  })
})
