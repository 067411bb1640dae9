/** RFC 1034 section 3.1, without the final dot. In characters. */
const maxHostLength = 253

/** Letters, digits and hyphens, and the underscore that real names have as well. */
const label = /^[a-z0-9_-]{1,63}$/

/** A host name in lower case, or null for any other text, a wildcard included. */
export function readHost(text: string): string | null {
  if (text.length > maxHostLength) return null
  const host = text.toLowerCase()
  return host.split('.').every((part) => label.test(part)) ? host : null
}

/** The domains above a host, the nearest first: `a.b.c` has `b.c` and `c`. */
export function domainsAbove(host: string): string[] {
  const domains: string[] = []
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    domains.push(host.slice(dot + 1))
  }
  return domains
}
