import type { Client } from '../clients/client.ts'
import { boundedCache } from '../encoding/bounded-cache.ts'
import type { Form } from '../oauth/form.ts'
import type { Grant } from './grant.ts'

/**
 * Caches forms by their text, and each client's grant for them: most clients send the same
 * form every time. Only granted requests are kept, so that refused ones never push them out.
 */
export interface GrantCache {
  /** The parsed parameters of a form's text, or null. */
  form(text: string): Form | null
  /** What the client was granted for that text, or null. */
  grant(client: Client, text: string): Grant | null
  store(text: string, form: Form, client: Client, grant: Grant): void
}

/** In octets, approximately: about 5 000 forms of the usual size. */
const capacity = 6 * 1024 * 1024
const octetsOf = (text: string, form: Form): number => 512 + text.length + 128 * form.size

/** In characters. V8 hashes long texts by their length only; usual forms have about 100. */
const maxTextLength = 1024

/** The grants kept for one client: it uses few different forms. */
const maxGrantsPerClient = 8

/** Makes the cache of an isolate. */
export function grantCache(): GrantCache {
  const forms = boundedCache<Form>(capacity, octetsOf)
  // By the client object: the client cache makes a new one as soon as anything in the client changes.
  const grants = new WeakMap<Client, Map<string, Grant>>()
  return {
    form: (text) => (text.length <= maxTextLength ? (forms.get(text) ?? null) : null),
    grant: (client, text) => grants.get(client)?.get(text) ?? null,
    store(text, form, client, grant) {
      if (text.length > maxTextLength) return
      forms.set(text, form)
      const before = grants.get(client)
      if (before === undefined || before.size >= maxGrantsPerClient) {
        grants.set(client, new Map([[text, grant]]))
      } else before.set(text, grant)
    },
  }
}
