import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { verified, x5t } from '../access-token.ts'
import type { Identity } from '../certificates.ts'
import { itWithProgram } from '../debian.ts'
import type { RawAnswer } from '../raw-request.ts'
import { resumes } from '../resumption.ts'
import { type BehindProxy, type ProxyRequest, startBehindProxy } from './behind-proxy.ts'
import { attempts, written } from './forgeries.ts'
import { proxyProbe } from './frames.ts'
import type { PartnerKind, PartnerTls } from './partners-behind.ts'
import type { ProxyProgram } from './start-proxy.ts'

/**
 * The outcome for a partner: a token, an aborted handshake, a status from the terminator, or the log
 * code with which the Worker refuses it.
 */
export type BehindOutcome = 'token' | 'no handshake' | number | { readonly code: string }

/**
 * The tests of one terminator, with the configuration that the command line prints for it.
 * @param resumption whether it resumes a TLS session, with its certificate
 */
export function describeBehindProxy(
  program: ProxyProgram,
  outcomes: Readonly<Record<PartnerKind, BehindOutcome>>,
  resumption: 'never resumes' | 'resumes',
): void {
  describe(`behind ${program}`, () => {
    let behind: BehindProxy | null = null
    const it = (name: string, test: (to: BehindProxy) => Promise<void>) =>
      itWithProgram(...proxyProbe(program), name, async () => {
        if (behind === null) throw new Error('did not start')
        await test(behind)
      })
    beforeAll(async () => {
      behind = await startIfInstalled(program)
    }, 60_000)
    afterAll(async () => {
      await behind?.stop()
    })

    for (const [kind, outcome] of Object.entries(outcomes)) {
      it(`a partner: ${kind}`, (to) => expectOutcome(to, to.partners[kind as PartnerKind], outcome))
    }
    for (const [name, change] of attempts) {
      it(`forged ${name}`, async (to) => {
        const answer = await to.ask({ clientId: to.partners.selfSigned.clientId, ...change(to) })
        expect(answer.text, to.proxy.logs().slice(-2000)).not.toContain('access_token')
      })
    }
    it('after all attempts the victim itself gets its token', (to) =>
      expectOutcome(to, to.partners.selfSigned, 'token'))
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`${resumption} a session of ${version}`, async (to) => {
        const { cert, key } = to.partners.victim
        const client = { port: to.proxy.port, ca: to.ca, cert, key, version }
        expect(await resumes(client)).toBe(resumption === 'resumes')
      })
    }
    describeDirectRequests(it)
  })
}

/** Requests that bypass the terminator, with or without its credential and certificate. */
function describeDirectRequests(
  it: (name: string, test: (to: BehindProxy) => Promise<void>) => void,
): void {
  const request = (
    to: BehindProxy,
    tls: Partial<PartnerTls>,
    credential: string | null,
  ): ProxyRequest => ({
    clientId: to.partners.selfSigned.clientId,
    ...tls,
    lines: [
      `${to.header}: ${written(to, to.partners.victim)}`,
      ...(credential === null ? [] : [`Certbound-Proxy-Credential: ${credential}`]),
      'Certbound-Client-Address: 127.0.0.1',
    ],
  })
  const keys = ({ cert, key }: Identity) => ({ cert, key })
  it('bypassed: with its credential and certificate', async (to) => {
    const answer = await to.askWorker(request(to, keys(to.proxyIdentity), to.credential))
    expect(answer.status, answer.text).toBe(200)
  })
  const cases: [name: string, make: (to: BehindProxy) => ProxyRequest, why: string][] = [
    ['no credential', (to) => request(to, keys(to.proxyIdentity), null), 'credential_missing'],
    [
      'a wrong credential',
      (to) => request(to, keys(to.proxyIdentity), 'A'.repeat(43)),
      'credential_wrong',
    ],
    ['no certificate', (to) => request(to, {}, to.credential), 'certificate_missing'],
    [
      "an attacker's certificate",
      (to) => request(to, keys(to.partners.attacker), to.credential),
      'certificate_wrong',
    ],
    [
      'the forwarded certificate itself',
      (to) => request(to, keys(to.partners.victim), to.credential),
      'certificate_wrong',
    ],
  ]
  it('bypassed: without the client address', async (to) => {
    const complete = request(to, keys(to.proxyIdentity), to.credential)
    const lines = complete.lines?.filter((line) => !line.startsWith('Certbound-Client-Address'))
    await expectProxyRefused(to, { ...complete, lines: lines ?? [] }, 'address_missing')
  })
  for (const [name, make, why] of cases) {
    it(`bypassed: with ${name}`, (to) => expectProxyRefused(to, make(to), why))
  }
}

/** The Worker refuses before it reads the certificate. The response is the same for every cause. */
async function expectProxyRefused(to: BehindProxy, request: ProxyRequest, why: string) {
  const answer = await to.askWorker(request)
  expect({ status: answer.status, error: bodyOf(answer).error }).toEqual({
    status: 401,
    error: 'invalid_client',
  })
  const line = await logLine(to, answer)
  expect(line).toMatchObject({ code: 'proxy_unauthenticated', evidence: { why } })
}

/** Null if the program is not installed: then its tests are skipped. */
async function startIfInstalled(program: ProxyProgram): Promise<BehindProxy | null> {
  return existsSync(proxyProbe(program)[0]) ? startBehindProxy(program) : null
}

async function expectOutcome(to: BehindProxy, request: ProxyRequest, outcome: BehindOutcome) {
  const answer = await to.ask(request)
  const logs = `${answer.failure}\n${answer.text}\n${to.proxy.logs().slice(-2000)}`
  if (outcome === 'no handshake') {
    expect(answer, logs).toMatchObject({ status: null, failure: expect.any(String) })
  } else if (outcome === 'token') {
    expect(answer.status, logs).toBe(200)
    const { access_token } = bodyOf(answer)
    const claims = await verified(to.edge, String(access_token))
    expect(claims).toMatchObject({
      client_id: request.clientId,
      cnf: { 'x5t#S256': x5t(request.cert ?? '') },
    })
  } else if (typeof outcome === 'number') {
    expect(answer.status, logs).toBe(outcome)
  } else {
    expect(answer.status, logs).toBe(401)
    expect(await logLine(to, answer)).toMatchObject(outcome)
  }
}

/** The line of the Worker's log for a response. */
const logLine = (to: BehindProxy, answer: RawAnswer) =>
  to.edge.logged({ request_id: String(bodyOf(answer).request_id) })

/** The JSON object of a response, chunked or not. */
function bodyOf({ text }: RawAnswer): Record<string, unknown> {
  const body = text.slice(text.indexOf('\r\n\r\n'))
  return JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1))
}
