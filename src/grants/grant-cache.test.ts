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

const remembering = (...texts: string[]) => {
  const asked = grantCache()
  for (const each of texts) asked.remember(each, formOf(each), client, grant)
  return asked
}

describe('what was asked for before', () => {
  it('is known by its text', () => {
    expect(remembering(text).form(text)).toEqual(formOf(text))
    expect(remembering(text).grant(client, text)).toBe(grant)
  })

  it.each([
    ['nothing', ''],
    ['a text with more', `${text}&scope=read`],
    ['the same in another order', 'client_id=acme&grant_type=client_credentials'],
  ])('is not known by %s', (_, other) => {
    expect(remembering(text).form(other)).toBeNull()
    expect(remembering(text).grant(client, other)).toBeNull()
  })

  it('is granted to no other client, and not to the same one after a change', () => {
    const asked = remembering(text)
    expect(asked.grant(clientOf(), text)).toBeNull()
    expect(asked.form(text)).not.toBeNull()
  })

  it('is known of each client that sends the same', () => {
    const asked = remembering(text)
    const other = clientOf()
    const more = { ...grant, scope: ['write'] }
    asked.remember(text, formOf(text), other, more)
    expect([asked.grant(client, text), asked.grant(other, text)]).toEqual([grant, more])
  })

  it('is some things for each client, and not all it ever sent', () => {
    const texts = Array.from({ length: 9 }, (_, i) => `${text}&x=${i}`)
    const asked = remembering(...texts)
    const granted = texts.filter((each) => asked.grant(client, each) !== null)
    expect(granted).toEqual(texts.slice(8))
    expect(texts.filter((each) => asked.form(each) === null)).toEqual([])
  })

  it('is forgotten where it is long, and where there is much of it', () => {
    const long = `${text}&x=`.padEnd(1024, 'x')
    expect(remembering(long).form(long)).not.toBeNull()
    expect(remembering(`${long}x`).form(`${long}x`)).toBeNull()
    const many = Array.from({ length: 4000 }, (_, i) => `${text}&x=${i}`.padEnd(1024, 'x'))
    const asked = remembering(...many)
    const held = many.filter((each) => asked.form(each) !== null).length
    expect(held).toBe(Math.floor((6 * 1024 * 1024) / (512 + 1024 + 3 * 128)))
  })
})
