import { describe, expect, it } from 'vitest'
import { derToPem, type PemRefusal, pemToDer } from './pem.ts'

const der = Uint8Array.from({ length: 100 }, (_, i) => i)
const pem = derToPem(der)
const key = pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')

describe('pemToDer', () => {
  const cases: [name: string, text: string, count: number, why: PemRefusal['why'] | null][] = [
    ['one certificate', pem, 1, null],
    ['two', pem + pem, 2, null],
    ['text around them', `Subject: CN=a\n${pem}\nand another one\n${pem}`, 2, null],
    ['CRLF', pem.replaceAll('\n', '\r\n'), 1, null],
    ['spaces around lines', pem.replaceAll('\n', ' \n  '), 1, null],
    ['one long line', pem.replace(/(?<=[^-])\n(?=[^-])/g, ''), 1, null],
    ['nothing', '', 0, 'no_certificate'],
    ['only text', 'CN=a\n', 0, 'no_certificate'],
    ['a private key', key, 0, 'not_a_certificate'],
    ['a private key behind a certificate', pem + key, 0, 'not_a_certificate'],
    ['no end', pem.replace(/-----END.*/, ''), 0, 'no_end'],
    ['a beginning before the end', pem.replace(/-----END.*\n/, '') + pem, 0, 'no_end'],
    ['another end', pem.replace('END CERTIFICATE', 'END CERTIFICATES'), 0, 'no_end'],
    ['a character that is not base64', pem.replace('AAEC', 'AA*C'), 0, 'base64'],
    ['a space within a line', pem.replace('AAEC', 'AA EC'), 0, 'base64'],
    ['no padding', pem.replace('==', ''), 0, 'base64'],
    ['headers', pem.replace('-----\n', '-----\nProc-Type: 4\n\n'), 0, 'base64'],
    ['an empty block', pem.replace(/(?<=-\n)[^-]+/, ''), 0, 'base64'],
    ['a megabyte and more', `${' '.repeat(1 << 20)}${pem}`, 0, 'too_long'],
  ]
  it.each(cases)('%s', (_, text, count, why) => {
    const read = pemToDer(text)
    expect(read.ok ? read.value : read.error.why).toEqual(why ?? new Array(count).fill(der))
  })

  it('reads lists where lists are asked for, and nothing else', () => {
    const list = pem.replaceAll('CERTIFICATE', 'X509 CRL')
    expect(pemToDer(list + list, 'X509 CRL')).toEqual({ ok: true, value: [der, der] })
    expect(pemToDer(pem, 'X509 CRL')).toMatchObject({ error: { why: 'not_a_certificate' } })
    expect(pemToDer(list)).toMatchObject({ error: { why: 'not_a_certificate' } })
  })

  it('names the line', () => {
    expect(pemToDer(`\n${key}`)).toEqual({ ok: false, error: { why: 'not_a_certificate', at: 2 } })
  })

  it('lines have 64 characters (RFC 7468 section 2)', () => {
    expect(pem.split('\n').map((line) => line.length)).toEqual([27, 64, 64, 8, 25, 0])
  })
})
