import type { ExecutionContext } from '@cloudflare/workers-types'
import { boundedCache } from '../encoding/bounded-cache.ts'
import type { EdgeProperties, RequestContext, RequestTarget } from '../request-context.ts'

/** Reads a request once. @param now seconds since the epoch */
export function readRequest(request: Request, ctx: ExecutionContext, now: number): RequestContext {
  const { headers } = request
  return {
    now,
    requestId: newRequestId(),
    request,
    method: request.method,
    headers,
    target: targetOf(request.url),
    cf: request.cf as EdgeProperties | undefined,
    address: headers.get('cf-connecting-ip'),
    defer: (work) => ctx.waitUntil(work),
  }
}

/** Made in batches: one at a time costs ten times as much, and each request needs one. */
const batchSize = 64
let unusedIds: string[] = []

/** A new random request id (RFC 9562 section 5.4). */
export function newRequestId(): string {
  const id = unusedIds.pop()
  if (id !== undefined) return id
  unusedIds = Array.from({ length: batchSize }, () => crypto.randomUUID())
  return newRequestId()
}

/** Parsed URLs; those of this server are few and short. */
const targetCacheCapacity = 64
const maxCachedLength = 256
const targets = boundedCache<RequestTarget>(targetCacheCapacity)

function targetOf(url: string): RequestTarget {
  const known = targets.get(url)
  if (known !== undefined) return known
  const target = parseTarget(url)
  if (target.query === '' && url.length <= maxCachedLength) targets.set(url, target)
  return target
}

/** A Host such as `localhost:99999` makes a URL that cannot be parsed. */
function parseTarget(url: string): RequestTarget {
  const parsed = URL.parse(url)
  if (parsed === null) return { protocol: '', host: '', path: '', query: '' }
  const { protocol, host, search: query } = parsed
  return { protocol, host, path: rawPath(url), query }
}

const rawPath = (url: string): string => /^[^:]*:\/\/[^/?#]*(\/[^?#]*)/.exec(url)?.[1] ?? ''
