import { describe, expect, it } from 'vitest'
import { toBase64 } from '../encoding/base64.ts'
import type { Bytes } from '../encoding/bytes.ts'
import { derToPem } from '../encoding/pem.ts'
import {
  percentDecode,
  readBase64Der,
  readBase64DerOrPem,
  readBase64List,
  readByteSequence,
  readByteSequenceList,
  readPemBlocks,
  readPemBlocksOrNull,
  splitCertificates,
} from './certificate-encodings.ts'

const octets = (sequence: Uint8Array | null) => (sequence === null ? null : [...sequence])

describe('a Byte Sequence', () => {
  it.each([
    [':AQID:', [1, 2, 3]],
    [':AQI=:', [1, 2]],
    [':AQ==:', [1]],
    [':/+7/:', [255, 238, 255]],
  ])('%j', (text, expected) => expect(octets(readByteSequence(text))).toEqual(expected))

  it.each([
    [''],
    [':'],
    ['::'],
    ['AQID'],
    [':AQID'],
    ['AQID:'],
    [':AQI:'],
    [':AQ=:'],
    [':AR==:'], // RFC 4648 section 3.5: pad bits that are not zero
    [':_-7_:'],
    [': AQID:'],
    [':AQID: '],
    [':AQ\nID:'],
    [':AQID:;a=1'],
    [':AQID:, :AQID:'],
    ['"AQID"'],
    ['(null)'],
  ])('refuses %j', (text) => expect(readByteSequence(text)).toBeNull())
})

describe('a List of Byte Sequences', () => {
  it.each([
    ['', []],
    [':AQ==:', [[1]]],
    [':AQ==:,:Ag==:', [[1], [2]]],
    [':AQ==: , :Ag==:\t,:Aw==:', [[1], [2], [3]]],
  ])('%j', (text, expected) => expect(readByteSequenceList(text, 3)?.map(octets)).toEqual(expected))

  it.each([
    [':AQ==:,'],
    [',:AQ==:'],
    [':AQ==:,,:Ag==:'],
    [':AQ==: :Ag==:'],
    [':AQ==:,x'],
    [':AQ==:,:Ag==:,:Aw==:,:BA==:'],
    [','.repeat(100_000)],
  ])('refuses %.40j', (text) => expect(readByteSequenceList(text, 3)).toBeNull())
})

/** A SEQUENCE with a length in a number of octets; 0 is the short form. */
function sequence(length: number, lengthOctets = 0): Bytes {
  const octets = Array.from(
    { length: lengthOctets },
    (_, i) => Math.floor(length / 256 ** (lengthOctets - 1 - i)) % 256,
  )
  const head = lengthOctets === 0 ? [0x30, length] : [0x30, 0x80 + lengthOctets, ...octets]
  const bytes = new Uint8Array(head.length + length)
  bytes.set(head)
  return bytes
}
const [a, b] = [sequence(1), Uint8Array.of(0x30, 2, 5, 0)]
const joined = (...parts: Bytes[]) => Uint8Array.of(...parts.flatMap((part) => [...part]))

describe('concatenated DER', () => {
  it.each<[name: string, octets: Bytes]>([
    ['an empty SEQUENCE', sequence(0)],
    ['the longest short form', sequence(0x7f)],
    ['a length in one octet', sequence(0x80, 1)],
    ['a length in two octets', sequence(0x0102, 2)],
    ['a length in three octets', sequence(0x010203, 3)],
  ])('%s', (_, octets) => expect(splitCertificates(octets, 1)).toEqual([octets]))

  it('keeps the order, up to the limit', () => {
    expect(splitCertificates(joined(a, b, a), 3)).toEqual([a, b, a])
    expect(splitCertificates(joined(a, b, a), 2)).toBeNull()
  })

  it.each<[name: string, octets: Bytes]>([
    ['nothing', new Uint8Array()],
    ['only a tag', Uint8Array.of(0x30)],
    ['a SET', Uint8Array.of(0x31, 0)],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, 0, 0)],
    ['a length in four octets', sequence(1, 4)],
    ['a length that is cut off', Uint8Array.of(0x30, 0x82, 1)],
    ['contents that are cut off', sequence(0x80, 1).slice(0, -1)],
    ['one octet too many', joined(a, Uint8Array.of(0))],
    ['another tag behind it', joined(a, Uint8Array.of(0x31, 0))],
  ])('refuses %s', (_, octets) => expect(splitCertificates(octets, 3)).toBeNull())
})

describe('base64', () => {
  const list = [a, b].map(toBase64).join(',')
  const escaped = [a, b].map((der) => encodeURIComponent(toBase64(der))).join(',')
  it('reads DER, a list, and DER or PEM', () => {
    expect(readBase64Der(toBase64(joined(a, b)), 2)).toEqual([a, b])
    expect(readBase64List(list, 2)).toEqual([a, b])
    expect(readBase64List(escaped, 2)).toEqual([a, b])
    expect(readBase64DerOrPem(toBase64(a))).toEqual([a])
    expect(readBase64DerOrPem(btoa(derToPem(b)))).toEqual([b])
  })

  it.each<[name: string, read: () => unknown]>([
    ['too many', () => readBase64Der(toBase64(joined(a, b)), 1)],
    ['no base64', () => readBase64Der('x', 1)],
    ['a list that is too long', () => readBase64List(list, 1)],
    ['an empty list', () => readBase64List('', 1)],
    ['a comma at the end', () => readBase64List(`${list},`, 3)],
    ['a space after a comma', () => readBase64List(list.replace(',', ', '), 3)],
    ['two in one member', () => readBase64List(toBase64(joined(a, b)), 3)],
    ['half percent-encoded', () => readBase64List(`${escaped},${toBase64(sequence(2))}`, 3)],
    ['broken percent-encoding', () => readBase64List('MAA%3', 3)],
    ['two DER certificates', () => readBase64DerOrPem(toBase64(joined(a, b)))],
    ['two PEM certificates', () => readBase64DerOrPem(btoa(`${derToPem(a)}${derToPem(b)}`))],
    ['neither', () => readBase64DerOrPem(btoa('-x'))],
    ['no UTF-8', () => readBase64DerOrPem(toBase64(Uint8Array.of(0x2d, 0xff)))],
    ['nothing', () => readBase64DerOrPem('*')],
  ])('refuses %s', (_, read) => expect(read()).toBeNull())
})

describe('PEM in a header', () => {
  const [pemA, pemB] = [derToPem(a), derToPem(b)]
  it.each([
    ['line feeds', `${pemA}${pemB}`],
    ['spaces', `${pemA}${pemB}`.replaceAll('\n', ' ')],
    ['tabs and carriage returns', ` \t\r\n${pemA}\r\t ${pemB}`.replaceAll('\n', '\r\n\t')],
    ['nothing', `${pemA}${pemB}`.replaceAll('\n', '')],
  ])('with %s', (_, text) => {
    expect(readPemBlocks(text, 2)).toEqual([a, b])
    expect(readPemBlocks(text, 1)).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['text before', `x${pemA}`],
    ['text between', `${pemA}x${pemB}`],
    ['text behind', `${pemA}x`],
    ['no end', pemA.slice(0, -8)],
    ['another label', pemA.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
    ['another white space', pemA.replace('\n', '\v')],
    ['two in one block', derToPem(joined(a, b))],
    ['no DER', derToPem(Uint8Array.of(1))],
  ])('refuses %s', (_, text) => expect(readPemBlocks(text, 3)).toBeNull())

  it.each<[text: string, read: unknown]>([
    ['', []],
    ['(null)', []],
    ['(null) (null)', []],
    [`${pemA} (null)`, [a]],
    [`(null)\t${pemA}(null)`, [a]],
    [`${pemA}${pemB}`, [a, b]],
    [`${pemA}(null)${pemB}`, [a, b]],
    [`${pemA}${pemB}${pemA}`, null],
    ['(null)(null)(null)', null],
    ['(null)(null)(null)x', null],
    [`(NULL)${pemA}`, null],
    ['(null) x', null],
  ])('of Apache: %j', (text, read) => expect(readPemBlocksOrNull(text, 2)).toEqual(read))
})

describe('percent-encoding', () => {
  it.each([
    ['%41', 'A'],
    ['a%2Bb+c/d=', 'a+b+c/d='],
    ['%c3%a9._~-', 'é._~-'],
  ])('%s', (text, decoded) => expect(percentDecode(text)).toBe(decoded))

  it.each(['', 'abc', '%4', '%zz', '%ff', 'a b%20', '%20\n', '%41,', '"%41"'])(
    'refuses %j',
    (text) => expect(percentDecode(text)).toBeNull(),
  )
})
