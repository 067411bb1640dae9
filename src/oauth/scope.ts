import { err, ok, type Result } from '../encoding/result.ts'

/** RFC 6749 section 3.3: scope-token = 1*NQCHAR. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** The most scopes in a request or a registration. */
export const maxScopes = 100

/**
 * Parses a `scope` value: tokens separated by single spaces. Repeated tokens are dropped; the order is kept.
 * @returns the tokens (none for the empty text), or the first malformed token
 * @see RFC 6749 section 3.3
 */
export function parseScope(text: string): Result<readonly string[], { token: string }> {
  if (text === '') return ok([])
  const tokens = text.split(' ')
  if (tokens.length > maxScopes) return err({ token: `more than ${maxScopes} tokens` })
  const wrong = tokens.find((token) => !scopeToken.test(token))
  return wrong === undefined ? ok([...new Set(tokens)]) : err({ token: wrong })
}
