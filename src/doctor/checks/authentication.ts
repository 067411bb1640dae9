import { fromBase64url } from '../../encoding/base64.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { isRecord } from '../../encoding/is-record.ts'
import { thumbprint } from '../../x509/index.ts'
import {
  type Check,
  type Examination,
  hasOrdinaryHost,
  needsKey,
  needsPartner,
  type Partner,
} from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings.ts'
import { type Exchange, headerOf, jsonOf } from '../http/exchange.ts'
import { describeExchange, noTokenFinding, tokenForm, tokenResult } from '../token-request.ts'

/** The allowed difference between two clocks, in seconds. */
const tolerance = 10

/** Token requests of the partner with its certificate and without. */
export const authentication: Check = {
  activity: 'requesting a token with the certificate, and without',
  async run(examination) {
    const { http, deployment, partner } = examination
    const form = tokenForm(partner ?? { clientId: 'certbound-doctor' })
    const without = await http.send({ url: deployment.mtlsTokenEndpoint, form })
    const keyless = [
      partner === null
        ? skipped('no-certificate', needsPartner)
        : noTokenFinding('no-certificate', without),
      clockFinding(examination, without),
    ]
    if (partner === null || partner.identity === null) {
      const ids = [
        'baseline-token',
        'token-contents',
        'token-clock',
        'ordinary-host-token',
      ] as const
      const rest = ids.map((id) => skipped(id, needsKey))
      return [...rest, ...keyless, storeFinding([without]), await enumeration(examination, without)]
    }
    const { identity } = partner
    const asked = await http.send({ url: deployment.mtlsTokenEndpoint, form, identity })
    return [
      ...(await baseline(examination, partner, asked)),
      ...keyless,
      storeFinding([asked, without]),
      await enumeration(examination, without),
      await ordinaryHost(examination, partner),
    ]
  },
}

async function baseline(
  { deployment, clock }: Examination,
  partner: Partner,
  asked: Exchange,
): Promise<Finding[]> {
  const result = tokenResult(asked)
  if (result.kind !== 'token') {
    const noToken = 'there is no token'
    const requestId = asked.kind === 'response' ? jsonOf(asked.response)?.request_id : undefined
    const id = typeof requestId === 'string' ? `, request_id ${requestId.slice(0, 40)}` : ''
    return [
      bad('baseline-token', `${describeExchange(asked)}${id}`),
      skipped('token-contents', noToken),
      skipped('token-clock', noToken),
    ]
  }
  const claims = claimsOf(result.token)
  if (claims === null) {
    const opaque = 'the token is opaque'
    return [
      good('baseline-token'),
      skipped('token-contents', opaque),
      skipped('token-clock', opaque),
    ]
  }
  const { iss, iat, cnf } = claims
  const bound = isRecord(cnf) && cnf['x5t#S256'] === (await thumbprint(partner.claimed.leaf))
  const skew = typeof iat === 'number' ? Math.round(iat - clock()) : null
  return [
    good('baseline-token', describeExchange(asked)),
    bound && iss === deployment.issuer
      ? good('token-contents')
      : bad(
          'token-contents',
          bound ? 'it has another issuer' : 'its cnf is not the thumbprint of the certificate',
        ),
    skew !== null && Math.abs(skew) <= tolerance
      ? good('token-clock', `${skew} s`)
      : bad('token-clock', skew === null ? 'it has no iat' : `${skew} s`),
  ]
}

/** The claims of a JWT, not verified; null for an opaque token. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload = ''] = token.split('.')
  const text = fromUtf8(fromBase64url(payload) ?? new Uint8Array())
  try {
    const claims: unknown = JSON.parse(text ?? '')
    return isRecord(claims) ? claims : null
  } catch {
    return null
  }
}

/** Compares the clocks by a response that no cache may keep. */
function clockFinding({ clock }: Examination, exchange: Exchange): Finding {
  const date = exchange.kind === 'response' ? headerOf(exchange.response, 'date') : null
  const seconds = date === null ? Number.NaN : Date.parse(date) / 1000
  if (Number.isNaN(seconds)) return skipped('clock-skew', 'the response has no Date')
  const skew = Math.round(seconds - clock())
  return (Math.abs(skew) <= tolerance ? good : bad)('clock-skew', `${skew} s`)
}

function storeFinding(exchanges: readonly Exchange[]): Finding {
  const responses = exchanges.flatMap((one) => (one.kind === 'response' ? [one.response] : []))
  if (responses.length === 0) return skipped('token-no-store', 'there was no response')
  for (const response of responses) {
    const control = headerOf(response, 'cache-control') ?? ''
    // RFC 6749 section 5.1.
    if (!/(^|[ ,])no-store($|[ ,])/.test(control)) {
      return bad(
        'token-no-store',
        `${response.status} with Cache-Control: ${control.slice(0, 100)}`,
      )
    }
    if (headerOf(response, 'age') !== null) return bad('token-no-store', 'a response has an Age')
  }
  return good('token-no-store', `${responses.length} responses`)
}

/** Whether an unknown client gets another response than the partner without its certificate. */
async function enumeration(
  { http, deployment, partner }: Examination,
  without: Exchange,
): Promise<Finding> {
  if (partner === null) return skipped('client-enumeration', needsPartner)
  const form = tokenForm({ clientId: `unknown-${Date.now().toString(36)}` })
  const other = await http.send({ url: deployment.mtlsTokenEndpoint, form })
  const [known, unknown] = [without, other].map(publicPart)
  if (tokenResult(other).kind === 'inconclusive')
    return skipped('client-enumeration', describeExchange(other))
  return known === unknown
    ? good('client-enumeration', describeExchange(other))
    : bad(
        'client-enumeration',
        `${describeExchange(without)}, and ${describeExchange(other)} for an unknown client`,
      )
}

function publicPart(exchange: Exchange): string {
  if (exchange.kind === 'failed') return exchange.stage
  const { error, error_description } = jsonOf(exchange.response) ?? {}
  return JSON.stringify([exchange.response.status, error, error_description])
}

/** Presents the certificate at the ordinary host. */
async function ordinaryHost(examination: Examination, partner: Partner): Promise<Finding> {
  const { http, deployment } = examination
  if (!hasOrdinaryHost(deployment)) return good('ordinary-host-token', 'there is one host')
  const form = tokenForm(partner)
  const asked = await http.send({ url: deployment.tokenEndpoint, form, identity: partner.identity })
  return noTokenFinding('ordinary-host-token', asked)
}
