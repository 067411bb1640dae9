import { err, ok, type Result } from '../encoding/result.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { bearerToken } from './bearer-token.ts'
import { boundTokenReader } from './bound-token.ts'
import { type VerifierOptions, type VerifierSettings, verifierSettings } from './options.ts'
import type { BoundTokenRefusal } from './refusal.ts'

/** Verifies the token of a request, and that the token is bound to the certificate of its connection. */
export type Verifier = (request: Request) => Promise<Result<VerifiedToken, BoundTokenRefusal>>

/**
 * Makes a verifier. It caches the issuer's keys and the thumbprints of certificates: make one and use it
 * for all requests.
 * @throws TypeError if the options are not valid; the message lists every problem
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const settings = verifierSettings(options)
  const read = boundTokenReader(settings)
  const verify: Verifier = async (request) => {
    const bearer = await bearerToken(request)
    if (!bearer.ok) return bearer
    const token = await read(request, bearer.value, settings.now())
    if (!token.ok) return token
    const refusal =
      checkScope(token.value, settings.scope) ??
      (await checkRevocation(token.value, bearer.value, settings))
    return refusal === null ? token : err(refusal)
  }
  return async (request) => {
    const verified = await verify(request)
    if (!verified.ok) settings.onRefusal(verified.error, request)
    return verified
  }
}

/** RFC 6750 section 3.1, insufficient_scope. */
function checkScope(
  { clientId, scope }: VerifiedToken,
  required: readonly string[],
): BoundTokenRefusal | null {
  return required.every((each) => scope.includes(each))
    ? null
    : { code: 'scope_insufficient', clientId, required, granted: scope }
}

async function checkRevocation(
  token: VerifiedToken,
  text: string,
  { revocation }: VerifierSettings,
): Promise<BoundTokenRefusal | null> {
  if (revocation === null) return null
  try {
    const isValid = await revocation(token, text)
    return isValid === true
      ? null
      : { code: 'token_revoked', id: token.id, clientId: token.clientId }
  } catch (error) {
    // Fail closed: a token with an unknown revocation status is not accepted.
    const problem = error instanceof Error ? error.message : String(error)
    return { code: 'revocation_unavailable', problem: problem.slice(0, 256) }
  }
}

const verifiers = new WeakMap<VerifierOptions, Verifier>()

/**
 * Verifies one request, in any fetch handler.
 * @param options pass the same object with every request: its verifier is cached with it
 * @throws TypeError if the options are not valid
 */
export function verifyBoundToken(
  request: Request,
  options: VerifierOptions,
): Promise<Result<VerifiedToken, BoundTokenRefusal>> {
  const cached = verifiers.get(options)
  if (cached !== undefined) return cached(request)
  const created = createVerifier(options)
  verifiers.set(options, created)
  return created(request)
}

/** Checks that a token has more scopes than all routes require: for a single route. */
export const requireScope = (
  token: VerifiedToken,
  scope: string,
): Result<VerifiedToken, BoundTokenRefusal> => {
  const refusal = checkScope(token, scope.split(' '))
  return refusal === null ? ok(token) : err(refusal)
}
