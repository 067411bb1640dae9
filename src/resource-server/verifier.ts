import { err, ok, type Result } from '../encoding/result.ts'
import type { VerifiedToken } from '../tokens/verified-token.ts'
import { bearerToken } from './bearer-token.ts'
import { boundTokenReader } from './bound-token.ts'
import { type VerifierOptions, type VerifierSettings, verifierSettings } from './options.ts'
import type { BoundTokenRefusal } from './refusal.ts'

/** Verifies the token of a request, and that the request comes from the token's owner. */
export type Verifier = (request: Request) => Promise<Result<VerifiedToken, BoundTokenRefusal>>

/**
 * Makes a verifier. It keeps the issuer's keys and what it knows of certificates: make one, use it for
 * all requests.
 * @throws TypeError where the options are not sound, with everything that is wrong
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const settings = verifierSettings(options)
  const verify = stages(settings)
  return async (request) => {
    const verified = await verify(request)
    if (!verified.ok) settings.onRefusal(verified.error, request)
    return verified
  }
}

/** The stages in their order; what one proves, the next one takes. */
function stages(settings: VerifierSettings): Verifier {
  const read = boundTokenReader(settings)
  return async (request) => {
    const bearer = await bearerToken(request)
    if (!bearer.ok) return bearer
    const token = await read(request, bearer.value, settings.now())
    if (!token.ok) return token
    const refusal =
      checkScope(token.value, settings.scope) ??
      (await checkRevocation(token.value, bearer.value, settings))
    return refusal === null ? token : err(refusal)
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
    const stands = await revocation(token, text)
    return stands === true
      ? null
      : { code: 'token_revoked', id: token.id, clientId: token.clientId }
  } catch (fault) {
    // Who cannot be told that a token stands does not serve it.
    const problem = fault instanceof Error ? fault.message : String(fault)
    return { code: 'revocation_unavailable', problem: problem.slice(0, 256) }
  }
}

const verifiers = new WeakMap<VerifierOptions, Verifier>()

/**
 * Verifies one request, in any fetch handler.
 * @param options one object for all requests: its verifier, with all that it keeps, goes with it
 * @throws TypeError where the options are not sound
 */
export function verifyBoundToken(
  request: Request,
  options: VerifierOptions,
): Promise<Result<VerifiedToken, BoundTokenRefusal>> {
  const known = verifiers.get(options)
  if (known !== undefined) return known(request)
  const made = createVerifier(options)
  verifiers.set(options, made)
  return made(request)
}

/** Whether a token has a scope: for what one route asks beyond the others. */
export const requireScope = (
  token: VerifiedToken,
  scope: string,
): Result<VerifiedToken, BoundTokenRefusal> => {
  const refusal = checkScope(token, scope.split(' '))
  return refusal === null ? ok(token) : err(refusal)
}
