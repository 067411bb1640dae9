import { describe, expect, it } from 'vitest'
import { parseKeyRow } from './key-row.ts'

const kid = 'A4A5L2JmVMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
const stored = {
  kid,
  issuer: 'https://as.example.com',
  alg: 'ES256',
  public_jwk: '{}',
  created_at: 1,
  activate_at: 2,
  key_encryption_key: 'AAAAAAAAAAA',
  iv: '0102030405060708090A0B0C',
  wrapped_private_key: 'FF00',
}
const row = {
  kid,
  issuer: 'https://as.example.com',
  alg: 'ES256',
  publicJwk: '{}',
  createdAt: 1,
  activateAt: 2,
  keyEncryptionKey: 'AAAAAAAAAAA',
  iv: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  wrappedPrivateKey: Uint8Array.of(255, 0),
}

describe('a row of signing_keys', () => {
  it.each<[change: Record<string, unknown>]>([
    [{}],
    [{ column_of_a_newer_schema: 1 }],
    [{ iv: '0102030405060708090a0b0c' }],
  ])('with %j is read', (change) => {
    expect(parseKeyRow({ ...stored, ...change })).toEqual({ ok: true, value: row })
  })

  it.each<[change: Record<string, unknown>]>([
    [{ kid: kid.slice(1) }],
    [{ kid: `${kid}A` }],
    [{ kid: kid.replace('A4', 'A=') }],
    [{ kid: `${kid.slice(1)}\n` }],
    [{ kid: null }],
    [{ issuer: '' }],
    [{ issuer: 1 }],
    [{ alg: 'HS256' }],
    [{ alg: 'none' }],
    [{ alg: null }],
    [{ public_jwk: '' }],
    [{ created_at: '1' }],
    [{ created_at: 1.5 }],
    [{ created_at: null }],
    [{ activate_at: 2 ** 53 }],
    [{ key_encryption_key: '' }],
    [{ iv: '0102030405060708090A0B' }],
    [{ iv: '0102030405060708090A0B0C0D' }],
    [{ iv: '0102030405060708090A0B0G' }],
    [{ iv: null }],
    [{ wrapped_private_key: '' }],
    [{ wrapped_private_key: 'F' }],
    [{ wrapped_private_key: undefined }],
  ])('with %j names the column', (change) => {
    const [column] = Object.keys(change)
    expect(parseKeyRow({ ...stored, ...change })).toEqual({ ok: false, error: column })
  })

  it.each([[null], ['row'], [undefined]])('cannot be %j', (value) => {
    expect(parseKeyRow(value)).toEqual({ ok: false, error: 'row' })
  })
})
