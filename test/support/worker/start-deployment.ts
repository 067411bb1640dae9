import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { type Deployment, deploymentOf } from '../../../src/deployment.ts'
import { type LogLine, toLogText } from '../../../src/http/log.ts'
import { edgeCf, type Presented } from './edge-cf.ts'

/** The default time of a deployment, in seconds since the epoch. */
export const startOfTime = 1_800_000_000

/** The hosts in wrangler.toml. */
export const ordinaryHost = 'https://as.example.com'
export const mtlsHost = 'https://mtls.as.example.com'

/** The response to one request, and its line in the log. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
  readonly line: LogLine
}

/** A request as the edge passes it to the Worker. */
export type Ask = {
  readonly url?: string
  readonly method?: string
  readonly body?: BodyInit | null
  readonly headers?: Readonly<Record<string, string>>
  readonly presented?: Presented | null
  /** The whole `request.cf`; replaces `presented`. */
  readonly cf?: Readonly<Record<string, unknown>>
  /** Changes of `request.cf.tlsClientAuth`. */
  readonly tlsClientAuth?: Readonly<Record<string, unknown>>
}

/** One isolate with one deployment, its clock and its log. */
export interface TestDeployment {
  now: number
  readonly lines: LogLine[]
  ask(ask: Ask): Promise<Answer>
  /** `POST /token` on the mTLS host. */
  token(form: string | Readonly<Record<string, string>>, ask?: Ask): Promise<Answer>
  maintain(): Promise<void>
}

/** Starts a new isolate on the bindings of the tests, with changes. */
export function startDeployment(change: Readonly<Record<string, unknown>> = {}): TestDeployment {
  const lines: LogLine[] = []
  const deployment: Deployment = deploymentOf(
    { ...env, ...change } as Env,
    (line) => lines.push(line),
    () => self.now,
  )
  const self: TestDeployment = {
    now: startOfTime,
    lines,
    async ask(ask) {
      const context = createExecutionContext()
      const response = await deployment.fetch(await requestOf(ask), context)
      const text = await response.text()
      await waitOnExecutionContext(context)
      const id = response.headers.get('x-request-id')
      const line = lines.findLast((each) => each.request_id === id)
      if (line === undefined) throw new Error('the request left no line in the log')
      return checked(response, text, line)
    },
    token: (form, ask = {}) => self.ask({ ...tokenRequest(form), ...ask }),
    async maintain() {
      const context = createExecutionContext()
      await deployment.scheduled(self.now, context)
      await waitOnExecutionContext(context)
    },
  }
  return self
}

const formType = { 'content-type': 'application/x-www-form-urlencoded' }

const tokenRequest = (form: string | Readonly<Record<string, string>>): Ask => ({
  url: `${mtlsHost}/token`,
  method: 'POST',
  body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
})

let addresses = 0

/** A new address for each request, so that no rate limit applies. Rate limits have their own tests. */
export const nextAddress = (): string => {
  addresses++
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
}

/** The request that the Worker gets. */
export async function requestOf(ask: Ask): Promise<Request> {
  const { url = `${ordinaryHost}/`, method = 'GET', body = null, presented = null } = ask
  const cf = ask.cf ?? (await edgeCf(presented, ask.tlsClientAuth))
  const headers = {
    'cf-connecting-ip': nextAddress(),
    ...(method === 'POST' ? formType : {}),
    ...ask.headers,
  }
  return new Request(url, { method, headers, body, cf, redirect: 'manual' })
}

/** Checks what must be true of every response. */
function checked(response: Response, text: string, line: LogLine): Answer {
  const { status, headers } = response
  const signed = headers.get('content-type') === 'application/token-introspection+jwt'
  const json = text === '' || signed ? {} : JSON.parse(text)
  expect(status).not.toBe(500)
  expect(headers.get('content-type')).toMatch(/^application\/(json|token-introspection\+jwt)/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(line.status).toBe(status)
  if (status !== 200) {
    expect(headers.get('cache-control')).toBe('no-store')
    if (text !== '') expect(json.request_id).toBe(line.request_id)
    expect(json).not.toHaveProperty('access_token')
  }
  // The log must not contain the token.
  if (json.access_token !== undefined) {
    const signature = String(json.access_token).split('.').at(-1) ?? ''
    expect(toLogText(line)).not.toContain(signature)
  }
  return { status, headers, text, json, line }
}

/** Status, error code and log code of a response, as the tables of refusals write them. */
export const outcome = ({ status, json, line }: Answer): string =>
  `${status} ${json.error ?? 'ok'} ${line.code}`

/** The evidence in the log line of a response. */
export const evidenceIn = ({ line }: Answer): unknown => line.evidence
