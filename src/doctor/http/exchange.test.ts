import { describe, expect, it } from 'vitest'
import { headerOf, jsonOf, readResponse } from './exchange.ts'

const read = (text: string, ended = false) => readResponse(Buffer.from(text, 'latin1'), ended)

describe('a response', () => {
  it.each<[what: string, text: string, status: number, body: string]>([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}rest', 200, '{}'],
    [
      'in chunks',
      'HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a\r\n}\r\n0\r\n\r\n',
      401,
      '{}',
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    ['without a reason', 'HTTP/1.0 421\r\nContent-Length: 0\r\n\r\n', 421, ''],
    [
      'after an interim response',
      'HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n',
      200,
      '',
    ],
  ])('%s', (_, text, status, body) => {
    expect(read(text)).toMatchObject({ status, body })
    // A part of it is incomplete.
    expect(read(text.slice(0, text.indexOf('\r\n\r\n') + 3))).toBeNull()
  })

  it('without a length ends with the connection', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\n{"a":1}'
    expect(read(text)).toBeNull()
    expect(read(text, true)).toMatchObject({ body: '{"a":1}' })
  })

  it.each(['', 'SSH-2.0-x\r\n\r\n', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 20 X\r\n\r\n'])(
    '%j is not a response',
    (text) => {
      expect(read(text, true)).toBeNull()
    },
  )

  it('has headers by lower-case name, and a JSON object', () => {
    const response = read('HTTP/1.1 200 X\r\nA-b: 1\r\na-B: 2\r\nContent-Length: 7\r\n\r\n{"a":1}')
    expect(response && headerOf(response, 'a-b')).toBe('1')
    expect(response?.headers.get('a-b')).toEqual(['1', '2'])
    expect(response && jsonOf(response)).toEqual({ a: 1 })
    expect(response && jsonOf({ ...response, body: '[1]' })).toBeNull()
    expect(response && jsonOf({ ...response, body: '{' })).toBeNull()
  })
})
