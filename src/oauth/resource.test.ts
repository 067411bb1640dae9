import { describe, expect, it } from 'vitest'
import { isResource, maxResourceLength } from './resource.ts'

describe('a resource indicator', () => {
  it.each([
    ['https://api.example.com'],
    ['https://api.example.com/a/b?c=d'],
    ['HTTPS://API.example.com:8443'],
    ['urn:example:api'],
    [`https://a/${'x'.repeat(maxResourceLength - 10)}`],
  ])('%.60j', (text) => expect(isResource(text)).toBe(true))

  it.each([
    [''],
    ['api'],
    ['/api'],
    ['//api.example.com'],
    ['https:'],
    ['https://'],
    ['https://api.example.com#'],
    ['https://api.example.com/#part'],
    ['https://api.example.com/a b'],
    ['https://api.example.com/é'],
    ['https://api.example.com/\u0000'],
    ['1https://api.example.com'],
    [' https://api.example.com'],
    [`https://a/${'x'.repeat(maxResourceLength - 9)}`],
  ])('refuses %.60j', (text) => expect(isResource(text)).toBe(false))
})
