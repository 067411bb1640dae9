import { ok } from '../encoding/result.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { type Endpoint, privateJson } from './reply.ts'

/**
 * `GET /health`: 200 if a token could be signed now, else 503. It reads D1 no more often than token
 * requests do.
 */
export const healthEndpoint =
  (keys: SigningKeys): Endpoint =>
  async (context) => {
    await keys.current(context)
    return ok(privateJson({ status: 'ok' }))
  }
