import { describe, expect, it } from 'vitest'
import { type Fetcher, fetchList } from './fetch-crl.ts'

const rules = { hosts: ['a.example', 'b.example:8080'], maxSize: 10 }
const list = Uint8Array.of(1, 2, 3)

/** A web of answers by URL; whatever else is asked is unreachable. */
const web =
  (answers: Readonly<Record<string, () => Response>>): Fetcher =>
  async (url, init) => {
    expect(init).toMatchObject({ redirect: 'manual', signal: expect.any(AbortSignal) })
    const answer = answers[url]
    if (answer === undefined) throw new TypeError('no such host')
    return answer()
  }

const to = (location: string) => () => new Response(null, { status: 302, headers: { location } })
const found = () => new Response(list)
const start = 'http://a.example/crl'

const fetched = async (answers: Readonly<Record<string, () => Response>>, url = start) => {
  const result = await fetchList(url, rules, web(answers))
  return result.ok ? [...result.value] : result.error
}

/** A body that never ends: what a header claims is no bound. */
const endless = () =>
  new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(4)) }))

describe('a list over HTTP', () => {
  it.each<[name: string, answers: Readonly<Record<string, () => Response>>, outcome: unknown]>([
    ['is there', { [start]: found }, [1, 2, 3]],
    [
      'is where an allowed host is',
      { [start]: to('http://b.example:8080/x'), 'http://b.example:8080/x': found },
      [1, 2, 3],
    ],
    ['is elsewhere on its host', { [start]: to('/x'), 'http://a.example/x': found }, [1, 2, 3]],
    [
      'is where no allowed host is',
      { [start]: to('http://c.example/'), 'http://c.example/': found },
      { why: 'host_not_allowed', host: 'c.example' },
    ],
    [
      'is at another port of an allowed host',
      { [start]: to('http://b.example/x'), 'http://b.example/x': found },
      { why: 'host_not_allowed', host: 'b.example' },
    ],
    [
      'is at an address',
      { [start]: to('http://169.254.169.254/'), 'http://169.254.169.254/': found },
      { why: 'url_refused', url: 'http://169.254.169.254/' },
    ],
    ['moves round and round', { [start]: to('/crl') }, { why: 'too_many_redirects' }],
    [
      'is not there',
      { [start]: () => new Response(null, { status: 404 }) },
      { why: 'status', status: 404 },
    ],
    [
      'is empty of content',
      { [start]: () => new Response(null, { status: 204 }) },
      { why: 'status', status: 204 },
    ],
    ['cannot be reached', {}, { why: 'unreachable', cause: 'TypeError: no such host' }],
    [
      'says that it is too large',
      { [start]: () => new Response(list, { headers: { 'content-length': '11' } }) },
      { why: 'list_too_large', limit: 10 },
    ],
    ['is too large', { [start]: endless }, { why: 'list_too_large', limit: 10 }],
    [
      'is as large as may be',
      { [start]: () => new Response(new Uint8Array(10)) },
      Array(10).fill(0),
    ],
  ])('%s', async (_, answers, outcome) => expect(await fetched(answers)).toEqual(outcome))

  it('is asked of no host that is not allowed', async () => {
    const asked: string[] = []
    const fetcher: Fetcher = async (url) => {
      asked.push(url)
      return found()
    }
    for (const url of ['http://c.example/', 'http://10.0.0.1/', 'ftp://a.example/'])
      expect((await fetchList(url, rules, fetcher)).ok).toBe(false)
    expect(asked).toEqual([])
  })
})
