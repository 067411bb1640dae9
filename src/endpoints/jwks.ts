import { ok } from '../encoding/result.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { type Endpoint, publicJson } from './reply.ts'

/** In seconds. Keys are published longer than this before they sign. */
const maxAge = 300

/** `GET /jwks` (RFC 7517 section 5). */
export const jwksEndpoint =
  (keys: SigningKeys): Endpoint =>
  async (context) => {
    const { published } = await keys.current(context)
    return ok(publicJson({ keys: published }, maxAge))
  }
