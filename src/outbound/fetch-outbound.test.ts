import { describe, expect, it } from 'vitest'
import { type Fetcher, fetchOutbound, type OutboundPolicy } from './fetch-outbound.ts'

const policy: OutboundPolicy = {
  hosts: ['a.example', 'b.example:8080'],
  timeout: 1000,
  maxSize: 10,
  accept: 'text/plain',
}
const following: OutboundPolicy = { ...policy, maxRedirects: 3 }
const octets = Uint8Array.of(1, 2, 3)

type Answers = Readonly<Record<string, () => Response>>

/** A network with one answer per URL; every other URL is unreachable. */
const network =
  (answers: Answers): Fetcher =>
  async (url, init) => {
    expect(init).toMatchObject({
      redirect: 'manual',
      signal: expect.any(AbortSignal),
      headers: { accept: 'text/plain' },
    })
    const answer = answers[url]
    if (answer === undefined) throw new TypeError('no such host')
    return answer()
  }

const to =
  (location: string, status = 302) =>
  () =>
    new Response(null, { status, headers: { location } })
const found = () => new Response(octets)
const start = 'https://a.example/x'

const fetched = async (answers: Answers, rules = policy, url = start) => {
  const result = await fetchOutbound(url, rules, network(answers))
  return result.ok ? [...result.value.body] : result.error
}

/** A body that never ends: the header Content-Length is no limit. */
const endless = () =>
  new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(4)) }))
const status = (code: number) => ({ why: 'status', status: code })

describe('a fetch', () => {
  it.each<[name: string, answers: Answers, outcome: unknown]>([
    ['of a body', { [start]: found }, [1, 2, 3]],
    ['of an empty body', { [start]: () => new Response(new Uint8Array(0)) }, []],
    ['of status 404', { [start]: () => new Response(null, { status: 404 }) }, status(404)],
    ['of status 204', { [start]: () => new Response(null, { status: 204 }) }, status(204)],
    ['of an unreachable host', {}, { why: 'unreachable', cause: 'TypeError: no such host' }],
    [
      'of a body that is declared as too large',
      { [start]: () => new Response(octets, { headers: { 'content-length': '11' } }) },
      { why: 'too_large', limit: 10 },
    ],
    ['of a body that is too large', { [start]: endless }, { why: 'too_large', limit: 10 }],
    ['of the largest body', { [start]: () => new Response(new Uint8Array(10)) }, Array(10).fill(0)],
    ['does not follow a redirect by default', { [start]: to('/y') }, status(302)],
  ])('%s', async (_, answers, outcome) => expect(await fetched(answers)).toEqual(outcome))

  it.each<[name: string, answers: Answers, outcome: unknown]>([
    [
      'to an allowed host',
      { [start]: to('https://b.example:8080/y'), 'https://b.example:8080/y': found },
      [1, 2, 3],
    ],
    ['to the same host', { [start]: to('/y', 308), 'https://a.example/y': found }, [1, 2, 3]],
    [
      'to another host',
      { [start]: to('https://c.example/'), 'https://c.example/': found },
      { why: 'host_not_allowed', host: 'c.example' },
    ],
    [
      'to another port of an allowed host',
      { [start]: to('https://b.example/y'), 'https://b.example/y': found },
      { why: 'host_not_allowed', host: 'b.example' },
    ],
    [
      'to an IP address',
      { [start]: to('https://169.254.169.254/'), 'https://169.254.169.254/': found },
      { why: 'url_refused', url: 'https://169.254.169.254/' },
    ],
    [
      'to http',
      { [start]: to('http://a.example/x'), 'http://a.example/x': found },
      { why: 'url_refused', url: 'http://a.example/x' },
    ],
    ['without a location', { [start]: () => new Response(null, { status: 302 }) }, status(302)],
    ['in a circle', { [start]: to('/x') }, { why: 'too_many_redirects' }],
    ['that is not one', { [start]: to('/y', 300) }, status(300)],
  ])('that may redirect, %s', async (_, answers, outcome) => {
    expect(await fetched(answers, following)).toEqual(outcome)
  })

  it('follows three redirects and not four', async () => {
    const chain: Answers = {
      [start]: to('/1'),
      'https://a.example/1': to('/2'),
      'https://a.example/2': to('/3'),
      'https://a.example/3': found,
    }
    expect(await fetched(chain, following)).toEqual([1, 2, 3])
    expect(await fetched(chain, { ...policy, maxRedirects: 2 })).toEqual({
      why: 'too_many_redirects',
    })
  })

  it.each<[url: string, change: Partial<OutboundPolicy>, isFetched: boolean]>([
    ['https://c.example/', {}, false],
    ['https://c.example/', { hosts: 'any' }, true],
    ['https://c.example:8443/', { hosts: 'any' }, false],
    ['https://c.example:8443/', { hosts: ['c.example:8443'] }, true],
    ['https://10.0.0.1/', { hosts: ['10.0.0.1'] }, false],
    ['https://10.0.0.1/', { hosts: ['10.0.0.1'], privateHosts: true }, true],
    ['http://a.example/', {}, false],
    ['http://a.example/', { schemes: ['http:'] }, true],
    ['https://a.example/', { schemes: ['http:'] }, false],
  ])('of %s with %j: %s', async (url, change, isFetched) => {
    const asked: string[] = []
    const fetcher: Fetcher = async (each) => {
      asked.push(each)
      return found()
    }
    expect((await fetchOutbound(url, { ...policy, ...change }, fetcher)).ok).toBe(isFetched)
    expect(asked).toEqual(isFetched ? [url] : [])
  })

  it('ends at its time limit', async () => {
    const silent: Fetcher = (_, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    expect(await fetchOutbound(start, { ...policy, timeout: 20 }, silent)).toMatchObject({
      ok: false,
      error: { why: 'unreachable', cause: expect.stringContaining('TimeoutError') },
    })
  })

  it('sends the request and returns the headers', async () => {
    const sent: RequestInit[] = []
    const fetcher: Fetcher = async (_, init) => {
      sent.push(init)
      return new Response(octets, { headers: { 'cache-control': 'max-age=60' } })
    }
    const headers = { 'content-type': 'application/ocsp-request' }
    const request = { method: 'POST', headers, body: octets } as const
    const result = await fetchOutbound(start, policy, fetcher, request)
    expect(sent).toMatchObject([
      { method: 'POST', body: octets, headers: { accept: 'text/plain', ...headers } },
    ])
    expect(result.ok && result.value.headers.get('cache-control')).toBe('max-age=60')
  })
})
