import { ok } from '../encoding/result.ts'
import { type MetadataSource, metadata } from '../oauth/metadata.ts'
import { type Endpoint, publicJson } from './reply.ts'

/** In seconds. */
const maxAge = 3600

/** `GET /.well-known/oauth-authorization-server` (RFC 8414 section 3). */
export function metadataEndpoint(source: MetadataSource): Endpoint {
  const reply = ok(publicJson(metadata(source), maxAge))
  return () => reply
}
