import { isRecord } from '../../encoding/is-record.ts'
import type { Check } from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings.ts'
import { jsonOf } from '../http/client.ts'
import { cacheFinding } from './metadata.ts'

/** In seconds. The Worker sends five minutes. */
const maxAge = 3600

/** The JWK Set with which APIs verify tokens. */
export const keySet: Check = {
  activity: 'reading the JWK Set',
  async run({ http, deployment }) {
    const url = deployment.jwksUri
    const exchange = await http.send({ url })
    const response = exchange.kind === 'response' ? exchange.response : null
    const set = response?.status === 200 ? jsonOf(response) : null
    if (response === null || set === null) {
      const reason = exchange.kind === 'failed' ? exchange.reason : `${exchange.response.status}`
      const rest = skipped('jwks-keys', 'there is no JWK Set')
      return [
        bad('jwks-reachable', `${url}: ${reason}`),
        rest,
        skipped('jwks-cache', rest.evidence),
      ]
    }
    return [
      good('jwks-reachable', url),
      keysFinding(set),
      cacheFinding('jwks-cache', response, maxAge),
    ]
  },
}

/** Members of private and symmetric keys (RFC 7518 section 6). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

function keysFinding(set: Readonly<Record<string, unknown>>): Finding {
  const keys = Array.isArray(set.keys) ? set.keys.filter(isRecord) : []
  const problems = [
    ...(keys.length === 0 ? ['it has no keys'] : []),
    ...keys.flatMap((key) => {
      const leaked = privateMembers.filter((name) => Object.hasOwn(key, name))
      return leaked.length > 0 ? [`a key has ${leaked.join(', ')}`] : []
    }),
    ...(['kid', 'alg'] as const)
      .filter((name) => keys.some((key) => typeof key[name] !== 'string'))
      .map((name) => `a key has no ${name}`),
    ...(keys.some(({ use }) => use !== 'sig') ? ['a key is not for signatures (use)'] : []),
    ...(new Set(keys.map(({ kid }) => kid)).size < keys.length ? ['two keys have one kid'] : []),
  ]
  return problems.length === 0
    ? good('jwks-keys', `${keys.length} keys`)
    : bad('jwks-keys', problems.join('; '))
}
