import { toBase64url } from '../encoding/base64.ts'
import { utf8 } from '../encoding/bytes.ts'

/** What every opaque token begins with, so that one that leaked can be found by its look. */
const prefix = 'cbt_'

const opaqueToken = /^cbt_[A-Za-z0-9_-]{43}$/

/** A new token that says nothing: 256 random bits (RFC 6749 section 10.10), base64url, 47 characters. */
export const newOpaqueToken = (): string =>
  prefix + toBase64url(crypto.getRandomValues(new Uint8Array(32)))

/** Whether a text can be an opaque token of ours. */
export const isOpaqueToken = (text: string): boolean => opaqueToken.test(text)

/** Under what a token is stored: base64url of its SHA-256. It has no other secret to hide. */
export const opaqueTokenHash = async (token: string): Promise<string> =>
  toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token))))
