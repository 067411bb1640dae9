import { describe, expect, it } from 'vitest'
import type { Bytes } from '../encoding/bytes.ts'
import { derToPem } from '../encoding/pem.ts'
import { readForwardedClientCert } from './forwarded-client-cert.ts'

/** For this reader, certificates. */
const [a, b, c] = [1, 2, 3].map((n) => Uint8Array.of(0x30, 1, n)) as [Bytes, Bytes, Bytes]
const pem = (...certificates: Bytes[]) => encodeURIComponent(certificates.map(derToPem).join(''))
const cert = (der: Bytes) => `Cert="${pem(der)}"`
const chain = (...certificates: Bytes[]) => `Chain="${pem(...certificates)}"`

describe('accepted', () => {
  it.each<[name: string, text: string, read: Bytes[]]>([
    ['a certificate', cert(a), [a]],
    ['a certificate and its chain', `${cert(a)};${chain(a, b)}`, [a, b]],
    ['a chain before the certificate', `${chain(a, b)};${cert(a)}`, [a, b]],
    ['only a chain, which contains the leaf', chain(a, b, c), [a, b, c]],
    ['keys in any case', `HASH=00;cERT="${pem(a)}"`, [a]],
    ['no quotes if none are needed', `Cert=${pem(a)}`, [a]],
    ['a subject before it, and a space', `Hash=00;Subject="CN=a,O=b"; ${cert(a)}`, [a]],
    ['quotes in the subject', `Subject="CN=\\"a\\";Cert=x,";${cert(a)}`, [a]],
    ['a backslash at the end of the subject', `${cert(a)};Subject="CN=\\\\"`, [a]],
    ['several names at the end', `By=x;${cert(a)};URI=spiffe://a?b=c;URI=;DNS=a.example`, [a]],
    ['of two elements the last', `By=x;${cert(b)},By=y;${cert(a)}`, [a]],
    ['not the first one, which a client sent', `${cert(b)};${chain(b, c)},Hash=00;${cert(a)}`, [a]],
    ['as many pairs as are read', `${'By=x;'.repeat(255)}${cert(a)}`, [a]],
    ['a key of 32 letters', `${'k'.repeat(32)}=x;${cert(a)}`, [a]],
    ['an unknown key', `${cert(a)};Issuer="CN=a"`, [a]],
  ])('%s', (_, text, read) => expect(readForwardedClientCert(text, 3)).toEqual(read))
})

describe('refused', () => {
  it.each<[name: string, text: string]>([
    ['nothing', ''],
    ['neither certificate nor chain', 'Hash=00;Subject=""'],
    ['no certificate in the last element', `${cert(a)},Hash=00`],
    ['an empty certificate', 'Cert=""'],
    ['two certificates', `${cert(a)};${cert(a)}`],
    ['two chains', `${chain(a)};${chain(a, b)}`],
    ['two in one', `Cert="${pem(a, b)}"`],
    ['a chain of another', `${cert(a)};${chain(b, a)}`],
    ['a chain that cannot be read', `${cert(a)};Chain="x"`],
    ['an empty chain', `${cert(a)};Chain=""`],
    ['more certificates than are read', chain(a, b, c, a)],
    ['PEM that is not encoded', `Cert="${derToPem(a).replaceAll('\n', ' ')}"`],
    ['JSON', JSON.stringify([{ cert: pem(a) }])],
    ['joined headers', `${cert(b)}, ${cert(a)}`],
    ['a key of 33 letters', `${'k'.repeat(33)}=x;${cert(a)}`],
    ['two spaces before a key', `Hash=00;  ${cert(a)}`],
    ['a digit in a key', `B1=x;${cert(a)}`],
    ['no key', `="${pem(a)}"`],
    ['no equals sign', pem(a)],
    ['a quote that does not end', `${cert(a)};Subject="CN=a`],
    ['an escaped quote at the end', `${cert(a)};Subject="CN=a\\"`],
    ['text after a quote', `${cert(a)}x`],
    ['a quote within a value', `${cert(a)};By=a"b`],
    ['a separator at the end', `${cert(a)};`],
    ['an element at the end that is empty', `${cert(a)},`],
    ['more pairs than any element has', `${'By=x;'.repeat(256)}${cert(a)}`],
  ])('%s', (_, text) => expect(readForwardedClientCert(text, 3)).toBeNull())
})

describe('text that a client puts into its own certificate or header', () => {
  it.each<[name: string, text: string]>([
    ['an element in a URI', `${cert(a)};URI=x,${cert(b)}`],
    ['an element in a DNS name', `${cert(a)};DNS=x,${cert(b)}`],
    ['two elements in a URI', `${cert(a)};URI=x,By=y,${cert(b)}`],
    ['an element in a URI that looks quoted', `${cert(a)};URI="x",${cert(b)}`],
    ['a certificate in a URI', `Hash=00;URI=x;${cert(b)}`],
    ['a name behind the certificate of a second element', `${cert(b)},${cert(a)};URI=x`],
    ['a DNS name behind the certificate of a second element', `By=x,${cert(a)};DNS=x`],
    ['a chain in a URI', `${cert(a)};URI=x;${chain(a, b)}`],
    ['a backslash, and quotes in a URI', `${cert(a)};Subject="CN=\\\\";URI=",${cert(b)}`],
    ['a quote in a header that is appended to', `Hash="00,${cert(a)}`],
    ['a whole element and a quote', `${cert(b)};Hash=",By=x;${cert(a)}`],
  ])('is not accepted: %s', (_, text) => {
    expect(readForwardedClientCert(text, 3)).toBeNull()
  })
})
