import { toBase64url } from '../encoding/base64.ts'
import { utf8 } from '../encoding/bytes.ts'
import { sha256Base64url } from '../encoding/sha256.ts'

/** Every opaque token begins with this, so that secret scanners find leaked ones. */
const prefix = 'cbt_'

const opaqueToken = /^cbt_[A-Za-z0-9_-]{43}$/

/** A new opaque token: 256 random bits (RFC 6749 section 10.10), base64url, 47 characters. */
export const newOpaqueToken = (): string =>
  prefix + toBase64url(crypto.getRandomValues(new Uint8Array(32)))

/** Whether a text has the form of an opaque token of this server. */
export const isOpaqueToken = (text: string): boolean => opaqueToken.test(text)

/** The key under which an opaque token is stored: base64url of its SHA-256. 256 random bits need no salt. */
export const opaqueTokenHash = (token: string): Promise<string> => sha256Base64url(utf8(token))
