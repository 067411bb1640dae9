import { fromBase64url } from '../../encoding/base64.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { thumbprint } from '../../x509/index.ts'
import { tokenForm, told, verdictOf } from '../asking.ts'
import {
  type Check,
  type Examination,
  hasOrdinaryHost,
  needsKey,
  needsPartner,
  type Partner,
} from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings/findings.ts'
import { type Exchanged, headerOf, jsonOf } from '../wire/wire.ts'

/** In seconds, between two clocks. */
const tolerance = 10

/** The partner as it should be: with its certificate, and without. */
export const authentication: Check = {
  says: 'asking for a token with the certificate, and without',
  async run(examination) {
    const { wire, found, partner } = examination
    const form = tokenForm(partner ?? { clientId: 'certbound-doctor' })
    const without = await wire.send({ url: found.mtlsTokenEndpoint, form })
    const alone = [
      partner === null ? skipped('no-certificate', needsPartner) : noCertificate(without),
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
      return [...rest, ...alone, storeFinding([without]), await enumeration(examination, without)]
    }
    const { identity } = partner
    const asked = await wire.send({ url: found.mtlsTokenEndpoint, form, identity })
    return [
      ...(await baseline(examination, partner, asked)),
      ...alone,
      storeFinding([asked, without]),
      await enumeration(examination, without),
      await ordinaryHost(examination, partner),
    ]
  },
}

function noCertificate(without: Exchanged): Finding {
  const { kind } = verdictOf(without)
  if (kind === 'untold') return skipped('no-certificate', told(without))
  return (kind === 'token' ? bad : good)('no-certificate', told(without))
}

async function baseline(
  { found, clock }: Examination,
  partner: Partner,
  asked: Exchanged,
): Promise<Finding[]> {
  const verdict = verdictOf(asked)
  if (verdict.kind !== 'token') {
    const none = 'there is no token'
    const requestId = asked.kind === 'answer' ? jsonOf(asked.answer)?.request_id : undefined
    const id = typeof requestId === 'string' ? `, request_id ${requestId.slice(0, 40)}` : ''
    return [
      bad('baseline-token', `${told(asked)}${id}`),
      skipped('token-contents', none),
      skipped('token-clock', none),
    ]
  }
  const claims = claimsOf(verdict.token)
  if (claims === null) {
    const opaque = 'the token is opaque'
    return [
      good('baseline-token'),
      skipped('token-contents', opaque),
      skipped('token-clock', opaque),
    ]
  }
  const { iss, iat, cnf } = claims
  const bound = isObject(cnf) && cnf['x5t#S256'] === (await thumbprint(partner.claimed.leaf))
  const skew = typeof iat === 'number' ? Math.round(iat - clock()) : null
  return [
    good('baseline-token', told(asked)),
    bound && iss === found.issuer
      ? good('token-contents')
      : bad(
          'token-contents',
          bound ? 'its issuer is another' : 'its cnf is not of the certificate',
        ),
    skew !== null && Math.abs(skew) <= tolerance
      ? good('token-clock', `${skew} s`)
      : bad('token-clock', skew === null ? 'it has no iat' : `${skew} s`),
  ]
}

/** The claims of a JWT, unverified: what is looked for is what a partner would see. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload = ''] = token.split('.')
  const text = fromUtf8(fromBase64url(payload) ?? new Uint8Array())
  try {
    const claims: unknown = JSON.parse(text ?? '')
    return isObject(claims) ? claims : null
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Of an answer that no cache may have kept. */
function clockFinding({ clock }: Examination, exchanged: Exchanged): Finding {
  const date = exchanged.kind === 'answer' ? headerOf(exchanged.answer, 'date') : null
  const seconds = date === null ? Number.NaN : Date.parse(date) / 1000
  if (Number.isNaN(seconds)) return skipped('clock-skew', 'the answer has no Date')
  const skew = Math.round(seconds - clock())
  return (Math.abs(skew) <= tolerance ? good : bad)('clock-skew', `${skew} s`)
}

function storeFinding(exchanges: readonly Exchanged[]): Finding {
  const answers = exchanges.flatMap((one) => (one.kind === 'answer' ? [one.answer] : []))
  if (answers.length === 0) return skipped('token-no-store', 'there was no answer')
  for (const answer of answers) {
    const control = headerOf(answer, 'cache-control') ?? ''
    // RFC 6749 section 5.1.
    if (!/(^|[ ,])no-store($|[ ,])/.test(control)) {
      return bad('token-no-store', `${answer.status} with Cache-Control: ${control.slice(0, 100)}`)
    }
    if (headerOf(answer, 'age') !== null) return bad('token-no-store', 'an answer has an Age')
  }
  return good('token-no-store', `${answers.length} answers`)
}

/** Whether somebody unknown hears something else than the partner without its certificate. */
async function enumeration(
  { wire, found, partner }: Examination,
  without: Exchanged,
): Promise<Finding> {
  if (partner === null) return skipped('client-enumeration', needsPartner)
  const form = tokenForm({ clientId: `nobody-${Date.now().toString(36)}` })
  const other = await wire.send({ url: found.mtlsTokenEndpoint, form })
  const [known, unknown] = [without, other].map(publicPart)
  if (verdictOf(other).kind === 'untold') return skipped('client-enumeration', told(other))
  return known === unknown
    ? good('client-enumeration', told(other))
    : bad('client-enumeration', `${told(without)}, and ${told(other)} for an unknown one`)
}

function publicPart(exchanged: Exchanged): string {
  if (exchanged.kind === 'none') return exchanged.at
  const { error, error_description } = jsonOf(exchanged.answer) ?? {}
  return JSON.stringify([exchanged.answer.status, error, error_description])
}

/** The certificate at the host that is not for it. */
async function ordinaryHost(examination: Examination, partner: Partner): Promise<Finding> {
  const { wire, found } = examination
  if (!hasOrdinaryHost(found)) return good('ordinary-host-token', 'there is one host')
  const form = tokenForm(partner)
  const asked = await wire.send({ url: found.tokenEndpoint, form, identity: partner.identity })
  const { kind } = verdictOf(asked)
  if (kind === 'untold') return skipped('ordinary-host-token', told(asked))
  return (kind === 'token' ? bad : good)('ordinary-host-token', told(asked))
}
