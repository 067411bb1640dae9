import { type Bytes, equalBytes } from '../encoding/bytes.ts'
import { readPemBlocks } from './pem-blocks.ts'
import { percentDecode } from './percent-encoding.ts'

/** More pairs than any element has; URI and DNS may repeat. */
const maxPairs = 256

/**
 * Reads Envoy's x-forwarded-client-cert in its text form: elements, one for each proxy, and of these
 * the last, which the proxy in front of us wrote. Its Chain holds the leaf too and must agree with
 * Cert. The JSON form is refused.
 * @param most the longest list that is read
 * @returns DER, the leaf first, or null where it is anything else or there are too many
 */
export function readForwardedClientCert(text: string, most: number): readonly Bytes[] | null {
  const element = lastElement(text)
  if (element === null) return null
  const cert = element.get('cert')
  const chain = element.get('chain')
  const leaf = cert === undefined ? null : readEscapedPem(cert, 1)
  const all = chain === undefined ? leaf : readEscapedPem(chain, most)
  if (all === null) return null
  if (cert === undefined) return all
  const [first, given] = [all[0], leaf?.[0]]
  return first !== undefined && given !== undefined && equalBytes(first, given) ? all : null
}

function readEscapedPem(value: string, most: number): readonly Bytes[] | null {
  const pem = percentDecode(value)
  return pem === null ? null : readPemBlocks(pem, most)
}

/**
 * The pairs of the last element by their keys in lower case; null where the text is not well-formed,
 * or may hold what the client wrote: Envoy quotes neither URI nor DNS, so that a `;Cert=` or `,Cert=`
 * within such a name of the client's certificate would look like the proxy's word.
 */
function lastElement(text: string): ReadonlyMap<string, string> | null {
  let element = new Map<string, string>()
  let [elements, names] = [1, 0]
  for (let at = 0, pairs = 0; pairs < maxPairs; pairs++) {
    const pair = readPair(text, at)
    if (pair === null) return null
    const { key, value, end } = pair
    if (key === 'uri' || key === 'dns') names++
    // Envoy writes Cert and Chain before the names; two of one would be two certificates.
    if ((key === 'cert' || key === 'chain') && (names > 0 || element.has(key))) return null
    if (names > 0 && elements > 1) return null
    element.set(key, value)
    if (end === text.length) return element
    at = end + 1
    if (text[end] === ';') continue
    // Headers that were joined have a blank behind the comma; Envoy writes none.
    if (text[at] === ' ') return null
    element = new Map()
    elements++
  }
  return null
}

type Pair = { readonly key: string; readonly value: string; readonly end: number }

/** One `key=value`, the value quoted or not, up to the `;` or `,` behind it, or the end. */
function readPair(text: string, start: number): Pair | null {
  const sign = text.indexOf('=', start)
  // No key is longer; a search that finds its sign far away is of another form.
  if (sign < 0 || sign - start > 32) return null
  const key = text.slice(start, sign).toLowerCase()
  if (!/^ ?[a-z]+$/.test(key)) return null
  const read = text[sign + 1] === '"' ? readQuoted(text, sign + 2) : readPlain(text, sign + 1)
  return read === null ? null : { key: key.trim(), ...read }
}

/** Up to the quote that no backslash escapes; behind it only a separator or the end may stand. */
function readQuoted(text: string, start: number): Omit<Pair, 'key'> | null {
  for (let at = start; at < text.length; at++) {
    // OpenSSL escapes both in a subject (RFC 4514 section 2.4): behind two backslashes a quote ends.
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) {
      at++
    } else if (text[at] === '"') {
      const end = at + 1
      const closed = end === text.length || text[end] === ';' || text[end] === ','
      return closed ? { value: text.slice(start, at), end } : null
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
