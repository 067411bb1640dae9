import type { Client } from '../clients/client.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import type { Form } from '../oauth/form.ts'
import type { Grant } from './grant.ts'

/**
 * What clients ask for, by the very text of their forms: most send the same one every time. Only what was
 * granted is remembered: what strangers send never pushes it out.
 */
export interface GrantCache {
  /** The parameters that the text has, or null where it is to be parsed. */
  form(text: string): Form | null
  /** What the client was granted for it, or null where that is to be decided. */
  grant(client: Client, text: string): Grant | null
  remember(text: string, form: Form, client: Client, grant: Grant): void
}

/** In octets, about: of the usual form some five thousand. */
const capacity = 6 * 1024 * 1024
const octetsOf = (text: string, form: Form): number => 512 + text.length + 128 * form.size

/** In characters: V8 hashes long texts by their length alone, and usual forms have some hundred. */
const longest = 1024

/** Of one client: one for each of the things that it does. */
const grantsRemembered = 8

/** Makes the memory. */
export function grantCache(): GrantCache {
  const forms = boundedCache<Form>(capacity, octetsOf)
  // By the very object: a directory hands out another one as soon as anything of it is different.
  const grants = new WeakMap<Client, Map<string, Grant>>()
  return {
    form: (text) => (text.length <= longest ? (forms.get(text) ?? null) : null),
    grant: (client, text) => grants.get(client)?.get(text) ?? null,
    remember(text, form, client, grant) {
      if (text.length > longest) return
      forms.set(text, form)
      const before = grants.get(client)
      if (before === undefined || before.size >= grantsRemembered) {
        grants.set(client, new Map([[text, grant]]))
      } else before.set(text, grant)
    },
  }
}
