import { readHost } from './host.ts'

/** An address: its local part without quotes; its host in lower case. */
export type Mailbox = { readonly local: string; readonly host: string }

/** RFC 5321 section 4.5.3.1: 64 and 255 octets and the "@". */
const maxLength = 320

/** RFC 2821 section 4.1.2: Dot-string, or Quoted-string, whose backslashes quote one character. */
const dotString = /^([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)@([^@]*)$/
const quotedString = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*)"@([^@]*)$/

/** Reads Mailbox (RFC 2821 section 4.1.2), without address literals; null for any other text. */
export function readMailbox(text: string): Mailbox | null {
  if (text.length > maxLength) return null
  const [, plain, plainHost] = dotString.exec(text) ?? []
  const [, quoted, quotedHost] = quotedString.exec(text) ?? []
  const local = plain ?? quoted?.replace(/\\(.)/g, '$1')
  const host = readHost(plainHost ?? quotedHost ?? '')
  return local === undefined || host === null ? null : { local, host }
}
