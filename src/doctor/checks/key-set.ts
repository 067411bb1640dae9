import type { Check } from '../examination.ts'
import { bad, type Finding, good, skipped } from '../findings/findings.ts'
import { jsonOf } from '../wire/wire.ts'
import { cacheFinding } from './metadata.ts'

/** In seconds; the Worker says five minutes. */
const longestAge = 3600

/** The JWK Set that APIs verify tokens by. */
export const keySet: Check = {
  says: 'reading the JWK Set',
  async run({ wire, found }) {
    const url = found.jwksUri
    const exchanged = await wire.send({ url })
    const answer = exchanged.kind === 'answer' ? exchanged.answer : null
    const set = answer?.status === 200 ? jsonOf(answer) : null
    if (answer === null || set === null) {
      const why = exchanged.kind === 'none' ? exchanged.why : `${exchanged.answer.status}`
      const rest = skipped('jwks-keys', 'there is no JWK Set')
      return [bad('jwks-reachable', `${url}: ${why}`), rest, skipped('jwks-cache', rest.evidence)]
    }
    return [
      good('jwks-reachable', url),
      keysFinding(set),
      cacheFinding('jwks-cache', answer, longestAge),
    ]
  },
}

/** RFC 7517 section 4, RFC 7518 section 6: what only a private or a secret key has. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

function keysFinding(set: Readonly<Record<string, unknown>>): Finding {
  const keys = Array.isArray(set.keys) ? set.keys.filter(isObject) : []
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
    ? good('jwks-keys', `${keys.length} of them`)
    : bad('jwks-keys', problems.join('; '))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
