import { describe, expect, it } from 'vitest'
import { headerOf, jsonOf, readAnswer } from './answer.ts'

const read = (text: string, ended = false) => readAnswer(Buffer.from(text, 'latin1'), ended)

describe('an answer', () => {
  it.each<[what: string, text: string, status: number, body: string]>([
    ['by its length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}rest', 200, '{}'],
    [
      'in chunks',
      'HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a\r\n}\r\n0\r\n\r\n',
      401,
      '{}',
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    ['without a reason', 'HTTP/1.0 421\r\nContent-Length: 0\r\n\r\n', 421, ''],
    [
      'after an interim one',
      'HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n',
      200,
      '',
    ],
  ])('%s', (_, text, status, body) => {
    expect(read(text)).toMatchObject({ status, body })
    // Any part of it is not enough, but what comes behind it.
    expect(read(text.slice(0, text.indexOf('\r\n\r\n') + 3))).toBeNull()
  })

  it('ends with the connection where nothing else says so', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\n{"a":1}'
    expect(read(text)).toBeNull()
    expect(read(text, true)).toMatchObject({ body: '{"a":1}' })
  })

  it.each(['', 'SSH-2.0-x\r\n\r\n', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 20 X\r\n\r\n'])(
    '%j is none',
    (text) => {
      expect(read(text, true)).toBeNull()
    },
  )

  it('has headers by their names in lower case, and members of a JSON object', () => {
    const answer = read('HTTP/1.1 200 X\r\nA-b: 1\r\na-B: 2\r\nContent-Length: 7\r\n\r\n{"a":1}')
    expect(answer && headerOf(answer, 'a-b')).toBe('1')
    expect(answer?.headers.get('a-b')).toEqual(['1', '2'])
    expect(answer && jsonOf(answer)).toEqual({ a: 1 })
    expect(answer && jsonOf({ ...answer, body: '[1]' })).toBeNull()
    expect(answer && jsonOf({ ...answer, body: '{' })).toBeNull()
  })
})
