import { Agent, fetch as undiciFetch } from 'undici'

/** This API's own identity at the authorization server, in PEM. */
export type Identity = {
  readonly cert: string
  readonly key: string
  /** The CA of the server's certificate, where it is none that Node knows. */
  readonly ca?: string
}

/**
 * Makes a fetch that shows the API's own certificate: for `introspection` and `introspectionCheck`. Its
 * connections are kept and used again; make one.
 */
export function fetchAsClient({ cert, key, ca }: Identity) {
  const dispatcher = new Agent({ connect: { cert, key, ...(ca === undefined ? {} : { ca }) } })
  return (url: string, init: RequestInit): Promise<Response> => fetch(url, { ...init, dispatcher })
}

// Node's own fetch may be of another version than the Agent. Both name the same things by other types.
const fetch = undiciFetch as unknown as (
  url: string,
  init: Omit<RequestInit, 'dispatcher'> & { readonly dispatcher: Agent },
) => Promise<Response>
