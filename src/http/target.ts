import { boundedCache } from '../encoding/bounded-cache.ts'
import type { RequestTarget } from '../request-context.ts'

/** So many are remembered, up to so many characters: all of ours are short. */
const remembered = 64
const longestRemembered = 256
const targets = boundedCache<RequestTarget>(remembered)

/** Reads a request's target once. A Host such as `localhost:99999` makes a URL that is none. */
export function targetOf({ url }: Request): RequestTarget {
  const known = targets.get(url)
  if (known !== undefined) return known
  const target = read(url)
  if (target.query === '' && url.length <= longestRemembered) targets.set(url, target)
  return target
}

function read(url: string): RequestTarget {
  const parsed = URL.parse(url)
  if (parsed === null) return { protocol: '', host: '', path: '', query: '' }
  const { protocol, host, search: query } = parsed
  return { protocol, host, path: pathIn(url), query }
}

const pathIn = (url: string): string => /^[^:]*:\/\/[^/?#]*(\/[^?#]*)/.exec(url)?.[1] ?? ''
