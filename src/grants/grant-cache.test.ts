import { describe, expect, it } from 'vitest'
import { pkiClient, registrationOf } from '../../test/support/worker/partners.ts'
import { parseForm } from '../oauth/form.ts'
import { grantCache } from './grant-cache.ts'

const clientOf = () => ({
  ...registrationOf(pkiClient),
  ...{ version: 1, enabled: true, trustAnchors: null },
})
const client = clientOf()
const text = 'grant_type=client_credentials&client_id=acme'
const grant = { scope: ['read'], resources: ['https://api.example.com'] } as const

function formOf(text: string) {
  const form = parseForm(text)
  if (!form.ok) throw new Error('not a form')
  return form.value
}

const cacheOf = (...texts: string[]) => {
  const cache = grantCache()
  for (const each of texts) cache.store(each, formOf(each), client, grant)
  return cache
}

describe('a cached form', () => {
  it('is found by its text', () => {
    expect(cacheOf(text).form(text)).toEqual(formOf(text))
    expect(cacheOf(text).grant(client, text)).toBe(grant)
  })

  it.each([
    ['an empty text', ''],
    ['a longer text', `${text}&scope=read`],
    ['the same in another order', 'client_id=acme&grant_type=client_credentials'],
  ])('is not found by %s', (_, other) => {
    expect(cacheOf(text).form(other)).toBeNull()
    expect(cacheOf(text).grant(client, other)).toBeNull()
  })

  it('has no grant for another client, or for the same client after a change', () => {
    const cache = cacheOf(text)
    expect(cache.grant(clientOf(), text)).toBeNull()
    expect(cache.form(text)).not.toBeNull()
  })

  it('has a grant for each client that sent it', () => {
    const cache = cacheOf(text)
    const other = clientOf()
    const more = { ...grant, scope: ['write'] }
    cache.store(text, formOf(text), other, more)
    expect([cache.grant(client, text), cache.grant(other, text)]).toEqual([grant, more])
  })

  it('is kept for a limited number of grants of each client', () => {
    const texts = Array.from({ length: 9 }, (_, i) => `${text}&x=${i}`)
    const cache = cacheOf(...texts)
    const granted = texts.filter((each) => cache.grant(client, each) !== null)
    expect(granted).toEqual(texts.slice(8))
    expect(texts.filter((each) => cache.form(each) === null)).toEqual([])
  })

  it('is not kept if it is too long or the cache is full', () => {
    const long = `${text}&x=`.padEnd(1024, 'x')
    expect(cacheOf(long).form(long)).not.toBeNull()
    expect(cacheOf(`${long}x`).form(`${long}x`)).toBeNull()
    const many = Array.from({ length: 4000 }, (_, i) => `${text}&x=${i}`.padEnd(1024, 'x'))
    const cache = cacheOf(...many)
    const held = many.filter((each) => cache.form(each) !== null).length
    expect(held).toBe(Math.floor((6 * 1024 * 1024) / (512 + 1024 + 3 * 128)))
  })
})
