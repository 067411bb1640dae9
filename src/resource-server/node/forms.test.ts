import { describe, expect, it } from 'vitest'
import { bearerToken } from '../bearer-token.ts'

const form = (body: string) =>
  new Request('https://api.example.com/orders', {
    ...{ method: 'POST', body },
    headers: {
      authorization: 'Bearer abc',
      'content-type': 'application/x-www-form-urlencoded',
    },
  })

// Node's streams, not workerd's: there a cancelled copy of a body settles only with its twin.
describe('a form on Node', () => {
  it.each([
    ['of a few octets', 'a=1'],
    ['of 64 KiB', `a=${'x'.repeat(65_534)}`],
    ['of one octet more', `a=${'x'.repeat(65_535)}`],
    ['of 1 MiB', `a=${'x'.repeat(1 << 20)}`],
  ])('%s is checked for a token, and the handler gets it unchanged', async (_, body) => {
    const request = form(body)
    expect(await bearerToken(request)).toEqual({ ok: true, value: 'abc' })
    expect(await request.text()).toBe(body)
  })

  it('is refused if it contains a token', async () => {
    const refused = await bearerToken(form(`a=${'x'.repeat(60_000)}&access_token=abc`))
    expect(refused).toEqual({ ok: false, error: { code: 'token_in_body' } })
  })
})
