import { type Bytes, equalBytes } from '../encoding/bytes.ts'
import { percentDecode, readPemBlocks } from './certificate-encodings.ts'

/** More pairs than any element has; URI and DNS may be repeated. */
const maxPairs = 256

/**
 * Reads the text form of Envoy's x-forwarded-client-cert: one element for each proxy. The last element
 * is used, which the proxy in front of us wrote. Its Chain includes the leaf, which must equal Cert. The
 * JSON form is refused.
 * @param max the largest number of certificates that is accepted
 * @returns DER, the leaf first; null if the text has another form or too many certificates
 */
export function readForwardedClientCert(text: string, max: number): readonly Bytes[] | null {
  const element = lastElement(text)
  if (element === null) return null
  const cert = element.get('cert')
  const chain = element.get('chain')
  const leaf = cert === undefined ? null : readEscapedPem(cert, 1)
  const all = chain === undefined ? leaf : readEscapedPem(chain, max)
  if (all === null || cert === undefined) return all
  const [chainLeaf, certLeaf] = [all[0], leaf?.[0]]
  return chainLeaf !== undefined && certLeaf !== undefined && equalBytes(chainLeaf, certLeaf)
    ? all
    : null
}

function readEscapedPem(value: string, max: number): readonly Bytes[] | null {
  const pem = percentDecode(value)
  return pem === null ? null : readPemBlocks(pem, max)
}

/**
 * Reads the pairs of the last element, by their keys in lower case. Attack: Envoy does not quote URI and
 * DNS names, so a client whose certificate has the name `x;Cert=...` or `x,Cert=...` writes pairs and
 * elements of its own behind that name. Pairs of a certificate behind a name are therefore refused, and
 * so are names in a text of several elements.
 * @returns null if the text is not well-formed, or may contain pairs that the client wrote
 */
function lastElement(text: string): ReadonlyMap<string, string> | null {
  let element = new Map<string, string>()
  let hasNames = false
  let isFirst = true
  for (let at = 0, pairs = 0; pairs < maxPairs; pairs++) {
    const pair = readPair(text, at)
    if (pair === null) return null
    const { key, value, end } = pair
    if (key === 'uri' || key === 'dns') hasNames = true
    // Envoy writes Cert and Chain once, before the names.
    if ((key === 'cert' || key === 'chain') && (hasNames || element.has(key))) return null
    if (hasNames && !isFirst) return null
    element.set(key, value)
    if (end === text.length) return element
    at = end + 1
    if (text[end] === ';') continue
    // Envoy writes no space after a comma: a space means that two headers were joined.
    if (text[at] === ' ') return null
    element = new Map()
    isFirst = false
  }
  return null
}

type Pair = { readonly key: string; readonly value: string; readonly end: number }

/** Longer than any key: a text whose first `=` is farther away has another form. */
const maxKeyLength = 32

/** Reads one `key=value`, quoted or not, up to the next `;` or `,` or the end of the text. */
function readPair(text: string, start: number): Pair | null {
  const sign = text.indexOf('=', start)
  if (sign < 0 || sign - start > maxKeyLength) return null
  const key = text.slice(start, sign).toLowerCase()
  if (!/^ ?[a-z]+$/.test(key)) return null
  const read = text[sign + 1] === '"' ? readQuoted(text, sign + 2) : readPlain(text, sign + 1)
  return read === null ? null : { key: key.trim(), ...read }
}

/** Reads up to the closing quote, which must be followed by a separator or the end of the text. */
function readQuoted(text: string, start: number): Omit<Pair, 'key'> | null {
  for (let at = start; at < text.length; at++) {
    // OpenSSL escapes quotes and backslashes in a subject (RFC 4514 section 2.4).
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) {
      at++
    } else if (text[at] === '"') {
      const end = at + 1
      const isClosed = end === text.length || text[end] === ';' || text[end] === ','
      return isClosed ? { value: text.slice(start, at), end } : null
    }
  }
  return null
}

function readPlain(text: string, start: number): Omit<Pair, 'key'> | null {
  let end = start
  while (end < text.length && text[end] !== ';' && text[end] !== ',') end++
  const value = text.slice(start, end)
  return value.includes('"') ? null : { value, end }
}
