import type { Partner } from './examination.ts'
import { type Exchanged, jsonOf } from './wire/wire.ts'

/** What a request for a token came to. */
export type Verdict =
  | { readonly kind: 'token'; readonly token: string }
  /** The Worker's refusal of the client itself: whoever gets this got through to it. */
  | { readonly kind: 'invalid_client' }
  /** Any other answer, or none. */
  | { readonly kind: 'closed' }
  /** Nothing can be learnt: rate limited, or not sent. */
  | { readonly kind: 'untold' }

/** Tells what an exchange with a token endpoint came to. */
export function verdictOf(exchanged: Exchanged): Verdict {
  if (exchanged.kind === 'none') {
    return exchanged.at === 'budget' ? { kind: 'untold' } : { kind: 'closed' }
  }
  const { answer } = exchanged
  if (answer.status === 429) return { kind: 'untold' }
  const body = jsonOf(answer)
  if (answer.status === 200 && typeof body?.access_token === 'string') {
    return { kind: 'token', token: body.access_token }
  }
  return body?.error === 'invalid_client' ? { kind: 'invalid_client' } : { kind: 'closed' }
}

/** The same in words, for evidence. */
export function told(exchanged: Exchanged): string {
  if (exchanged.kind === 'none') return `${exchanged.at}: ${exchanged.why}`
  const { error, access_token } = jsonOf(exchanged.answer) ?? {}
  if (typeof access_token === 'string') return `${exchanged.answer.status}, a token`
  return typeof error === 'string'
    ? `${exchanged.answer.status} ${error.slice(0, 40)}`
    : `${exchanged.answer.status}`
}

/** The form of a token request. */
export const tokenForm = ({ clientId }: Pick<Partner, 'clientId'>) => ({
  grant_type: 'client_credentials',
  client_id: clientId,
})

/** Works on many, a few at a time; the results in their order. */
export async function fewAtATime<T, R>(
  many: readonly T[],
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = [...many.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next[0]] = await work(next[1])
    }
  }
  await Promise.all(Array.from({ length: few }, worker))
  return results
}

const few = 3
