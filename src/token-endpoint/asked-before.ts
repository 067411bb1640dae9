import type { Client } from '../clients/client.ts'
import { type BoundedMemory, boundedMemory } from '../encoding/bounded-memory.ts'
import type { Grant } from '../grants/grant.ts'
import type { Form } from '../oauth/form.ts'

/**
 * What clients ask for, by the very text of their forms: most send the same one every time. Only what was
 * granted is remembered: what strangers send never pushes it out.
 */
export interface AskedBefore {
  /** The parameters that the text has, or null where it is to be parsed. */
  form(text: string): Form | null
  /** What the client was granted for it, or null where that is to be decided. */
  grant(client: Client, text: string): Grant | null
  remember(text: string, asked: Asked): void
}

/** A form, and what a client was granted for it. */
export type Asked = {
  readonly form: Form
  /** The very object: a directory hands out another one as soon as anything of it is different. */
  readonly client: Client
  readonly grant: Grant
}

/** In characters of forms: some thousand partners. */
const capacity = 1024 * 1024
/** In characters: V8 hashes long texts by their length alone, and usual forms have some hundred. */
const longest = 1024

/** Makes the memory. */
export function askedBefore(): AskedBefore {
  const known: BoundedMemory<Asked> = boundedMemory(capacity, (text) => text.length)
  return {
    form: (text) => (text.length <= longest ? (known.get(text)?.form ?? null) : null),
    grant(client, text) {
      const asked = known.get(text)
      return asked?.client === client ? asked.grant : null
    },
    remember(text, asked) {
      if (text.length <= longest) known.set(text, asked)
    },
  }
}
