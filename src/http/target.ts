import { boundedCache } from '../encoding/bounded-cache.ts'

/** What a request is for. Of a URL that cannot be parsed all is empty: such a host is none of ours. */
export type Target = {
  readonly protocol: string
  readonly host: string
  /** As it was written: a terminator that decides by the path has seen this, and nothing normalised. */
  readonly path: string
  /** With its question mark; empty where there is none. */
  readonly query: string
}

/** So many are remembered, up to so many characters: all of ours are short. */
const remembered = 64
const longestRemembered = 256
const targets = boundedCache<Target>(remembered)

/** Reads a request's target once. A Host such as `localhost:99999` makes a URL that is none. */
export function targetOf({ url }: Request): Target {
  const known = targets.get(url)
  if (known !== undefined) return known
  const target = read(url)
  if (target.query === '' && url.length <= longestRemembered) targets.set(url, target)
  return target
}

function read(url: string): Target {
  const parsed = URL.parse(url)
  if (parsed === null) return { protocol: '', host: '', path: '', query: '' }
  const { protocol, host, search: query } = parsed
  return { protocol, host, path: pathIn(url), query }
}

const pathIn = (url: string): string => /^[^:]*:\/\/[^/?#]*(\/[^?#]*)/.exec(url)?.[1] ?? ''
