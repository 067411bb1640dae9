// By their names and OIDs, in lower case.
const atTheRoot = new Set([
  ...['c', 'countryname', '2.5.4.6'],
  ...['dc', 'domaincomponent', '0.9.2342.19200300.100.1.25'],
])
const mostSpecific = new Set(['cn', 'commonname', '2.5.4.3'])

/**
 * The name that an operator may have meant who wrote one in the order of the certificate, as openssl
 * prints it: RFC 4514 section 2.1 begins with the last RDN.
 * @param name RFC 4514 text that can be registered
 * @returns the name turned round where it begins with a country or domain and ends in a CN, or null
 */
export function meantName(name: string): string | null {
  const rdns = name.match(/(?:\\.|[^\\,])+/gs) ?? [] // all other commas are separators
  const first = typeOf(rdns[0])
  const last = typeOf(rdns.at(-1))
  if (rdns.length < 2 || !atTheRoot.has(first) || !mostSpecific.has(last)) return null
  return rdns
    .map((rdn) => rdn.trim())
    .reverse()
    .join(',')
}

const typeOf = (rdn = ''): string => (rdn.split('=')[0] ?? '').trim().toLowerCase()
