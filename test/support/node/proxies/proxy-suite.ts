import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { verified, x5t } from '../access-token.ts'
import type { Identity } from '../certificates.ts'
import { itWithProgram } from '../debian.ts'
import type { RawAnswer } from '../raw-request.ts'
import { resumes } from '../resumption.ts'
import { type Asking, type BehindProxy, startBehindProxy } from './behind-proxy.ts'
import { attempts, written } from './forgeries.ts'
import { proxyProbe } from './frames.ts'
import type { PartnerKind, Shown } from './partners-behind.ts'
import type { ProxyProgram } from './start-proxy.ts'

/**
 * What becomes of a partner: it gets a token; the terminator ends the handshake; the terminator
 * answers with a status; or the Worker refuses it, by the code in its log.
 */
export type BehindOutcome = 'token' | 'no handshake' | number | { readonly code: string }

/**
 * The tests of one terminator, with the configuration that is printed for it.
 * @param resumption whether a TLS session, with its certificate, is taken up again
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
      behind = await startIfThere(program)
    }, 60_000)
    afterAll(async () => {
      await behind?.stop()
    })

    for (const [kind, outcome] of Object.entries(outcomes)) {
      it(`a partner: ${kind}`, (to) => expectOutcome(to, to.partners[kind as PartnerKind], outcome))
    }
    for (const [name, odd] of attempts) {
      it(`forged ${name}`, async (to) => {
        const answer = await to.ask({ clientId: to.partners.selfSigned.clientId, ...odd(to) })
        expect(answer.text, to.proxy.logs().slice(-2000)).not.toContain('access_token')
      })
    }
    it('and after all that the victim itself gets its token', (to) =>
      expectOutcome(to, to.partners.selfSigned, 'token'))
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`${resumption} a session of ${version}`, async (to) => {
        const { cert, key } = to.partners.victim
        const client = { port: to.proxy.port, ca: to.ca, cert, key, version }
        expect(await resumes(client)).toBe(resumption === 'resumes')
      })
    }
    itAround(it)
  })
}

/** Straight to the Worker, as the terminator would speak to it: with its credential and certificate. */
function itAround(it: (name: string, test: (to: BehindProxy) => Promise<void>) => void): void {
  const asking = (to: BehindProxy, shown: Partial<Shown>, credential: string | null): Asking => ({
    clientId: to.partners.selfSigned.clientId,
    ...shown,
    lines: [
      `${to.header}: ${written(to, to.partners.victim)}`,
      ...(credential === null ? [] : [`Certbound-Proxy-Credential: ${credential}`]),
      'Certbound-Client-Address: 127.0.0.1',
    ],
  })
  const keys = ({ cert, key }: Identity) => ({ cert, key })
  it('around it: with all that it has', async (to) => {
    const answer = await to.askWorker(asking(to, keys(to.hop), to.credential))
    expect(answer.status, answer.text).toBe(200)
  })
  const cases: [name: string, odd: (to: BehindProxy) => Asking, why: string][] = [
    ['no credential', (to) => asking(to, keys(to.hop), null), 'credential_missing'],
    ['another one', (to) => asking(to, keys(to.hop), 'A'.repeat(43)), 'credential_wrong'],
    ['no certificate', (to) => asking(to, {}, to.credential), 'certificate_missing'],
    [
      "an intruder's",
      (to) => asking(to, keys(to.partners.intruder), to.credential),
      'certificate_wrong',
    ],
    [
      'the very one that it conveys',
      (to) => asking(to, keys(to.partners.victim), to.credential),
      'certificate_wrong',
    ],
  ]
  it('around it: without the address for whom it speaks', async (to) => {
    const whole = asking(to, keys(to.hop), to.credential)
    const lines = whole.lines?.filter((line) => !line.startsWith('Certbound-Client-Address'))
    await expectHopRefused(to, { ...whole, lines: lines ?? [] }, 'address_missing')
  })
  for (const [name, odd, why] of cases) {
    it(`around it: with ${name}`, (to) => expectHopRefused(to, odd(to), why))
  }
}

/** The Worker refuses before it looks at the certificate; the caller learns no more than others do. */
async function expectHopRefused(to: BehindProxy, asking: Asking, why: string) {
  const answer = await to.askWorker(asking)
  expect({ status: answer.status, error: bodyOf(answer).error }).toEqual({
    status: 401,
    error: 'invalid_client',
  })
  const line = await logLine(to, answer)
  expect(line).toMatchObject({ code: 'proxy_unauthenticated', evidence: { why } })
}

/** Where the program is not installed its tests are skipped, and nothing is started. */
async function startIfThere(program: ProxyProgram): Promise<BehindProxy | null> {
  return existsSync(proxyProbe(program)[0]) ? startBehindProxy(program) : null
}

async function expectOutcome(to: BehindProxy, asking: Asking, outcome: BehindOutcome) {
  const answer = await to.ask(asking)
  const logs = `${answer.failure}\n${answer.text}\n${to.proxy.logs().slice(-2000)}`
  if (outcome === 'no handshake') {
    expect(answer, logs).toMatchObject({ status: null, failure: expect.any(String) })
  } else if (outcome === 'token') {
    expect(answer.status, logs).toBe(200)
    const { access_token } = bodyOf(answer)
    const claims = await verified(to.edge, String(access_token))
    expect(claims).toMatchObject({
      client_id: asking.clientId,
      cnf: { 'x5t#S256': x5t(asking.cert ?? '') },
    })
  } else if (typeof outcome === 'number') {
    expect(answer.status, logs).toBe(outcome)
  } else {
    expect(answer.status, logs).toBe(401)
    expect(await logLine(to, answer)).toMatchObject(outcome)
  }
}

/** The line of the Worker's log for an answer. */
const logLine = (to: BehindProxy, answer: RawAnswer) =>
  to.edge.logged({ request_id: String(bodyOf(answer).request_id) })

/** The JSON object of an answer, chunked or not. */
function bodyOf({ text }: RawAnswer): Record<string, unknown> {
  const body = text.slice(text.indexOf('\r\n\r\n'))
  return JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1))
}
