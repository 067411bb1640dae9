import { describe, expect, it } from 'vitest'
import { readOpensslTime } from './openssl-time.ts'

describe('a date in the form of OpenSSL', () => {
  it.each([
    ['Dec 22 19:39:00 2018 GMT', '2018-12-22T19:39:00Z'],
    ['Jan  1 00:00:00 2030 GMT', '2030-01-01T00:00:00Z'],
    ['Jan 1 00:00:00 2030 GMT', '2030-01-01T00:00:00Z'],
    ['Feb 29 23:59:59 2028 GMT', '2028-02-29T23:59:59Z'],
    ['Dec 31 23:59:59 9999 GMT', '9999-12-31T23:59:59Z'],
    ['Jan  1 00:00:00 1950 GMT', '1950-01-01T00:00:00Z'],
  ])('%j', (text, iso) => expect(readOpensslTime(text)).toBe(Date.parse(iso) / 1000))

  it.each([
    [''],
    ['2018-12-22T19:39:00Z'],
    ['Dec 22 19:39:00 2018'],
    ['Dec 22 19:39:00 2018 UTC'],
    ['dec 22 19:39:00 2018 GMT'],
    ['Foo 22 19:39:00 2018 GMT'],
    ['Feb 30 19:39:00 2018 GMT'],
    ['Feb 29 19:39:00 2018 GMT'],
    ['Dec 0 19:39:00 2018 GMT'],
    ['Dec 22 24:00:00 2018 GMT'],
    ['Dec 22 19:60:00 2018 GMT'],
    ['Dec 22 19:39:60 2018 GMT'],
    ['Dec 22 19:39:00 0018 GMT'],
    ['Dec 22 19:39:00 20180 GMT'],
    ['Dec 22 19:39:00 2018 GMT '],
  ])('refuses %j', (text) => expect(readOpensslTime(text)).toBeNull())
})
