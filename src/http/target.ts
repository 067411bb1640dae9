/** What a request is for. Of a URL that cannot be parsed all is empty: such a host is none of ours. */
export type Target = {
  readonly protocol: string
  readonly host: string
  readonly path: string
  /** With its question mark; empty where there is none. */
  readonly query: string
}

/** Reads a request's target once. A Host such as `localhost:99999` makes a URL that is none. */
export function targetOf({ url }: Request): Target {
  const parsed = URL.parse(url)
  if (parsed === null) return { protocol: '', host: '', path: '', query: '' }
  const { protocol, host, pathname: path, search: query } = parsed
  return { protocol, host, path, query }
}
